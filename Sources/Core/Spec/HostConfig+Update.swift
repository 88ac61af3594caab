import Model

extension HostConfig {
    /// The configuration with what an update says.
    /// - Throws: `BerthError`: `.invalidParameter` with Docker's texts for what does not go with what is there,
    ///   `.notImplemented` for what cannot be changed.
    package func updated(by wish: HostConfig) throws -> HostConfig {
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
    package func limitsChanged(by wish: HostConfig) -> HostConfig {
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
