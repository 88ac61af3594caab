import Glibc
import Model
import Runtime
import State

extension Lifecycle {
    /// Starts a container.
    /// - Throws: `BerthError.notModified` when it runs; `.invalidParameter` when its command cannot be run (Docker's
    ///   text; the container's exit code is then 127 or 126).
    public func start(_ ref: String) async throws {
        let entry = try containers.find(ref)
        do {
            try await entry.lock.withLock { try await self.start(entry, reference: ref) }
        } catch let error as BerthError where error.code != .notModified {
            await supervisor.removeAutomatically(entry)
            throw error
        }
    }

    /// With the container's lock held.
    private func start(_ entry: ContainerEntry, reference: String) async throws {
        try entry.checkPresent(as: reference, toBe: "started")
        let state = entry.record.state
        if state.status == .paused {
            throw BerthError.conflict("cannot start a paused container, try unpause instead")
        }
        if state.isRunning { throw BerthError(.notModified, "container \(entry.id) is already running") }
        await owed.settle(of: entry.id)
        let former = entry.beginStart()
        do {
            try await database.mark(container: entry.id, phase: .starting)
            CrashPoint.pass(.startMarked)
            try await launcher.launch(entry)
        } catch {
            let exitCode = LaunchError.exitCode(of: error)
            entry.failStart(former, error: "\(error)", exitCode: exitCode)
            await owed.writeDown(entry, in: database)
            entry.wake([.notRunning], statusCode: exitCode)
            throw LaunchError.ofStart(error)
        }
        events.publish("start", of: entry)
        supervisor.watchMemory(entry)
        entry.resolveAttaching(on: blocking)
    }
}
