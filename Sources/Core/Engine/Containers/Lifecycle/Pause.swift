import Model
import Runtime

extension Lifecycle {
    /// Freezes all processes of a container.
    /// - Throws: `BerthError.conflict` when it does not run, or is frozen already.
    public func pause(_ ref: String) async throws {
        let entry = try containers.find(ref)
        try await entry.lock.withLock {
            guard let running = entry.process else {
                throw BerthError.conflict("Container \(entry.id) is not running")
            }
            guard entry.record.state.status == .running else {
                throw BerthError.conflict("Container \(entry.id) is already paused")
            }
            try await self.setPaused(true, entry, running)
        }
    }

    /// - Throws: `BerthError.conflict` when it is not paused.
    public func unpause(_ ref: String) async throws {
        let entry = try containers.find(ref)
        guard entry.record.state.status == .paused else {
            throw BerthError.conflict("Container \(entry.id) is not paused")
        }
        try await unpause(entry)
    }

    func unpause(_ entry: ContainerEntry) async throws {
        try await entry.lock.withLock {
            guard let running = entry.process, entry.record.state.status == .paused else { return }
            try await self.setPaused(false, entry, running)
        }
    }

    /// Written down, then made; a daemon that finds the two apart believes the kernel. With the container's lock held.
    private func setPaused(_ isPaused: Bool, _ entry: ContainerEntry, _ running: RunningContainer) async throws {
        let cgroup = running.cgroup
        entry.setPaused(isPaused)
        await owed.writeDown(entry, in: database)
        do {
            try await blocking.run { if isPaused { try cgroup.freeze() } else { try cgroup.thaw() } }
        } catch {
            entry.setPaused(!isPaused)
            await owed.writeDown(entry, in: database)
            throw error
        }
        CrashPoint.pass(isPaused ? .pauseFrozen : .unpauseThawed)
        events.publish(isPaused ? "pause" : "unpause", of: entry)
    }
}
