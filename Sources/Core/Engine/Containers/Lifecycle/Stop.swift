import Glibc
import Model
import Spec

extension Lifecycle {
    /// Ends a container: its stop signal, and SIGKILL when it has not ended in time.
    /// - Parameter timeout: seconds; negative waits for ever; nil for the container's own (10 by default).
    /// - Throws: `BerthError.notModified` when it does not run.
    public func stop(_ ref: String, timeout: Int?, signal: String?) async throws {
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
    public func kill(_ ref: String, signal text: String) async throws {
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
    public func restart(_ ref: String, timeout: Int?, signal: String?) async throws {
        let entry = try containers.find(ref)
        let number = try signal.flatMap { $0.isEmpty ? nil : try Signals.parse($0) }
        do {
            entry.body.withLock { $0.restarts += 1 }
            defer { entry.body.withLock { $0.restarts -= 1 } }
            _ = try await stop(entry, timeout: timeout, signal: number)
            try await start(entry.id)
        } catch let error as BerthError where error.code == .notModified {
        } catch {
            await supervisor.removeAutomatically(entry)
            throw error
        }
        events.publish("restart", of: entry)
    }

    private func publishKill(_ entry: ContainerEntry, _ number: Int32) {
        events.publish("kill", of: entry, ["signal": String(number)])
    }
}
