import Glibc
import Model
import Spec

extension Engine {
    /// Ends a container: its stop signal, and SIGKILL when it has not ended in time.
    /// - Parameter timeout: seconds; negative waits for ever; nil for the container's own (10 by default).
    /// - Throws: `BerthError.notModified` when it does not run.
    public func stopContainer(_ ref: String, timeout: Int?, signal: String?) async throws {
        let entry = try containers.find(ref)
        let number = try signal.flatMap { $0.isEmpty ? nil : try Signals.parse($0) }
        guard try await stop(entry, timeout: timeout, signal: number) else {
            throw BerthError(.notModified, "container \(entry.id) is already stopped")
        }
    }

    /// - Returns: false when there was nothing to stop.
    /// - Throws: `CancellationError` when the daemon shuts down meanwhile: no further signal is sent then.
    func stop(_ entry: ContainerEntry, timeout: Int?, signal number: Int32?) async throws -> Bool {
        // A start under way is let finish first.
        if entry.record.state.status == .starting { await entry.lock.withLock {} }
        guard let running = entry.process else { return false }
        let record = entry.update { $0.hasBeenManuallyStopped = true }
        let first = number ?? (try? entry.spec.stopSignal) ?? SIGTERM
        let seconds = timeout ?? record.config.stopTimeout ?? 10
        if record.state.status == .paused { try? await unpause(entry) }
        // Told first: the end may come, and be told, before the signal's answer.
        publishKill(entry, first)
        try await signal(running, first)
        CrashPoint.pass(.stopSignalled)
        if seconds < 0 {
            // Nil: the daemon shuts down, and the container runs on.
            guard await running.ended.wait() != nil else { throw CancellationError() }
        } else if try await running.ended.wait(seconds: Double(seconds)) == nil {
            publishKill(entry, SIGKILL)
            _ = try await forceEnd(of: entry, running)
        }
        _ = try await running.finished.wait(seconds: 30)
        events.publish("stop", of: entry)
        return true
    }

    /// Sends a signal.
    /// - Throws: `BerthError.invalidParameter` for an unknown signal, `.conflict` when it does not run.
    public func killContainer(_ ref: String, signal text: String) async throws {
        let entry = try containers.find(ref)
        let number = try Signals.parse(text.isEmpty ? "SIGKILL" : text)
        if entry.record.state.status == .starting { await entry.lock.withLock {} }
        guard let running = entry.process else {
            throw BerthError.conflict("Cannot kill container: \(ref): container \(entry.id) is not running")
        }
        if number == SIGKILL || number == SIGTERM { entry.update { $0.hasBeenManuallyStopped = true } }
        if number == SIGKILL, entry.record.state.status == .paused { try? await unpause(entry) }
        publishKill(entry, number)
        try await signal(running, number)
        if number == SIGKILL {
            _ = try await forceEnd(of: entry, running)
            _ = try await running.finished.wait(seconds: 10)
        }
    }

    /// Stops, if it runs, and starts. A `--rm` container is not removed in between.
    public func restartContainer(_ ref: String, timeout: Int?, signal: String?) async throws {
        let entry = try containers.find(ref)
        let number = try signal.flatMap { $0.isEmpty ? nil : try Signals.parse($0) }
        do {
            entry.body.withLock { $0.restarts += 1 }
            defer { entry.body.withLock { $0.restarts -= 1 } }
            _ = try await stop(entry, timeout: timeout, signal: number)
            try await startContainer(entry.id)
        } catch let error as BerthError where error.code == .notModified {
        } catch {
            await removeAutomatically(entry)
            throw error
        }
        events.publish("restart", of: entry)
    }

    private func publishKill(_ entry: ContainerEntry, _ number: Int32) {
        events.publish("kill", of: entry, ["signal": String(number)])
    }

    // MARK: Pausing

    /// Freezes all processes of a container.
    public func pauseContainer(_ ref: String) async throws {
        let entry = try containers.find(ref)
        try await entry.lock.withLock {
            guard let running = entry.process else {
                throw BerthError.conflict("Container \(entry.id) is not running")
            }
            guard entry.record.state.status == .running else {
                throw BerthError.conflict("Container \(entry.id) is already paused")
            }
            try await self.blocking.run { try running.cgroup.freeze() }
            CrashPoint.pass(.pauseFrozen)
            entry.update { $0.state.status = .paused }
            await self.owed.writeDown(entry, in: self.database)
            self.events.publish("pause", of: entry)
        }
    }

    public func unpauseContainer(_ ref: String) async throws {
        let entry = try containers.find(ref)
        guard entry.record.state.status == .paused else {
            throw BerthError.conflict("Container \(entry.id) is not paused")
        }
        try await unpause(entry)
    }

    private func unpause(_ entry: ContainerEntry) async throws {
        try await entry.lock.withLock {
            guard let running = entry.process, entry.record.state.status == .paused else { return }
            try await self.blocking.run { try running.cgroup.thaw() }
            CrashPoint.pass(.unpauseThawed)
            entry.update { $0.state.status = .running }
            await self.owed.writeDown(entry, in: self.database)
            self.events.publish("unpause", of: entry)
        }
    }
}
