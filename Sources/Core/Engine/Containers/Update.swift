import Glibc
import Model
import Runtime

extension Engine {
    /// Changes a container's limits and its restart policy; limits hold at once when it runs. Nothing is changed when
    /// any of it cannot be.
    /// - Parameter wish: what is to be changed; what is empty or 0 stays as it is.
    /// - Returns: warnings for the client.
    /// - Throws: `BerthError`: `.invalidParameter` with Docker's texts, `.notImplemented` for what can only be said at
    ///   create, `.conflict` for a limit that the running container does not fit.
    public func updateContainer(_ ref: String, _ wish: HostConfig) async throws -> [String] {
        let entry = try containers.find(ref)
        return try await entry.lock.withLock {
            try entry.checkPresent(as: ref, toBe: "updated")
            let old = entry.record.hostConfig
            let new = try old.updated(by: wish)
            var warnings = try ContainerCheck.checkUpdate(new)
            warnings += try self.runtime.translating {
                try self.runtime.layout.warnings(for: self.runtime.limits(new))
            }
            if let running = entry.process {
                try await self.apply(new.limitsChanged(by: wish), to: running, of: ref)
            }
            var record = entry.record
            record.hostConfig = new
            do {
                try await self.database.update(record, phase: .settled)
            } catch {
                // Back to what is written down: as far as it was limited before, and can be again.
                if let running = entry.process {
                    try? await self.apply(old.limitsChanged(by: wish), to: running, of: ref)
                }
                throw error
            }
            entry.update { $0.hostConfig = new }
            self.events.publish("update", of: entry)
            return warnings
        }
    }

    private func apply(_ host: HostConfig, to running: RunningContainer, of ref: String) async throws {
        let runtime = runtime
        do {
            try await blocking.run { try running.cgroup.update(runtime.limits(host)) }
        } catch let error as ConfinementError {
            let code: BerthError.Code =
                switch error.errno {
                case EBUSY: .conflict
                case EINVAL, ERANGE: .invalidParameter
                default: error.kind == .invalidParameter ? .invalidParameter : .system
                }
            throw BerthError(code, "Cannot update container \(ref): \(error.message)")
        }
    }
}

extension HostConfig {
    /// The configuration with what an update says.
    /// - Throws: `BerthError`: `.invalidParameter` with Docker's texts for what does not go with what is there,
    ///   `.notImplemented` for what cannot be changed.
    func updated(by wish: HostConfig) throws -> HostConfig {
        try wish.checkUpdatable()
        var new = self
        func conflict(_ text: String) -> BerthError { .invalid("Conflicting options: \(text)") }
        if wish.nanoCpus > 0, cpuPeriod > 0 {
            throw conflict("Nano CPUs cannot be updated as CPU Period has already been set")
        }
        if wish.nanoCpus > 0, cpuQuota > 0 {
            throw conflict("Nano CPUs cannot be updated as CPU Quota has already been set")
        }
        if wish.cpuPeriod > 0, nanoCpus > 0 {
            throw conflict("CPU Period cannot be updated as NanoCPUs has already been set")
        }
        if wish.cpuQuota > 0, nanoCpus > 0 {
            throw conflict("CPU Quota cannot be updated as NanoCPUs has already been set")
        }
        if wish.memory > memorySwap, wish.memorySwap == 0, memorySwap > 0 {
            throw BerthError.invalid(
                "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time"
            )
        }
        for number in Self.updatable where wish[keyPath: number] != 0 { new[keyPath: number] = wish[keyPath: number] }
        if wish.blkioWeight != 0 { new.blkioWeight = wish.blkioWeight }
        if !wish.cpusetCpus.isEmpty { new.cpusetCpus = wish.cpusetCpus }
        if !wish.cpusetMems.isEmpty { new.cpusetMems = wish.cpusetMems }
        if let limit = wish.pidsLimit { new.pidsLimit = limit == 0 ? nil : limit }
        if let policy = wish.restartPolicy, !policy.name.isEmpty {
            if autoRemove, policy.name != "no" {
                throw BerthError.invalid(
                    "Restart policy cannot be updated because AutoRemove is enabled for the container")
            }
            new.restartPolicy = policy
        }
        return new
    }

    private static var updatable: [WritableKeyPath<HostConfig, Int64>] {
        [
            \.cpuShares, \.memory, \.memorySwap, \.memoryReservation, \.nanoCpus, \.cpuPeriod, \.cpuQuota,
            \.cpuRealtimePeriod, \.cpuRealtimeRuntime,
        ]
    }

    /// What may stand in the body of an update and can only be said at create: Docker passes over it.
    private func checkUpdatable() throws {
        let given: [(String, Bool)] = [
            ("CgroupParent", !cgroupParent.isEmpty), ("BlkioWeightDevice", !blkioWeightDevice.isEmpty),
            ("BlkioDeviceReadBps", !blkioDeviceReadBps.isEmpty),
            ("BlkioDeviceWriteBps", !blkioDeviceWriteBps.isEmpty),
            ("BlkioDeviceReadIOps", !blkioDeviceReadIOps.isEmpty),
            ("BlkioDeviceWriteIOps", !blkioDeviceWriteIOps.isEmpty),
            ("Devices", !devices.isEmpty), ("DeviceCgroupRules", !deviceCgroupRules.isEmpty),
            ("MemorySwappiness", memorySwappiness != nil && memorySwappiness != -1),
            ("OomKillDisable", oomKillDisable == true), ("Init", runInit == true),
            ("Ulimits", !ulimits.isEmpty),
        ]
        if let field = given.first(where: \.1) {
            throw BerthError.notImplemented("POST /containers/{id}/update of \(field.0)")
        }
    }

    /// The limits that an update has changed, with what must be written together; all others are unset.
    func limitsChanged(by wish: HostConfig) -> HostConfig {
        var changed = HostConfig()
        for number in Self.updatable where wish[keyPath: number] != 0 {
            changed[keyPath: number] = self[keyPath: number]
        }
        if wish.memory != 0 || wish.memorySwap != 0 {
            changed.memory = memory
            changed.memorySwap = memorySwap
        }
        if wish.cpuPeriod != 0 || wish.cpuQuota != 0 {
            changed.cpuPeriod = cpuPeriod
            changed.cpuQuota = cpuQuota
        }
        if wish.blkioWeight != 0 { changed.blkioWeight = blkioWeight }
        if !wish.cpusetCpus.isEmpty { changed.cpusetCpus = cpusetCpus }
        if !wish.cpusetMems.isEmpty { changed.cpusetMems = cpusetMems }
        if wish.pidsLimit != nil { changed.pidsLimit = pidsLimit ?? -1 }
        return changed
    }
}
