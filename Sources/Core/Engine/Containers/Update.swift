import Glibc
import Model
import Runtime
import Spec

extension ContainerService {
    /// Changes a container's limits and its restart policy; limits hold at once when it runs. Nothing is changed when
    /// any of it cannot be.
    /// - Parameter wish: what is to be changed; what is empty or 0 stays as it is.
    /// - Returns: warnings for the client.
    /// - Throws: `BerthError`: `.invalidParameter` with Docker's texts, `.notImplemented` for what can only be said at
    ///   create, `.conflict` for a limit that the running container does not fit.
    public func update(_ ref: String, _ wish: HostConfig) async throws -> [String] {
        let entry = try containers.find(ref)
        return try await entry.lock.withLock {
            try entry.checkPresent(as: ref, toBe: "updated")
            let old = entry.record.hostConfig
            let new = try old.updated(by: wish)
            var record = entry.record
            record.hostConfig = new
            let spec = try ContainerSpec(record)
            var warnings = try RequestCheck.checkUpdate(spec, new)
            warnings += try translating { try self.runtime.layout.warnings(for: spec.limits) }
            if let running = entry.process {
                try await self.apply(new.limitsChanged(by: wish), to: running, of: ref)
            }
            do {
                try await self.database.update(record, phase: .settled)
            } catch {
                // Back to what is written down: as far as it was limited before, and can be again.
                if let running = entry.process {
                    try? await self.apply(old.limitsChanged(by: wish), to: running, of: ref)
                }
                throw error
            }
            entry.body.withLock { body in
                body.record.hostConfig = new
                body.spec = .success(spec)
            }
            self.events.publish("update", of: entry)
            return warnings
        }
    }

    private func apply(_ host: HostConfig, to running: RunningContainer, of ref: String) async throws {
        let limits = try CgroupLimits(host)
        do {
            try await blocking.run { try running.cgroup.update(limits) }
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
