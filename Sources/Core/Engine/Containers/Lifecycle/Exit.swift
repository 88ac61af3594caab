import Glibc
import LaunchPlan
import Model
import Runtime
import State

extension Lifecycle {
    /// Undoes what a start made, after the process has ended, and writes down how. With the container's lock held.
    func finish(_ entry: ContainerEntry, _ running: RunningContainer, _ end: ProcessEnd) async {
        CrashPoint.pass(.exitSeen)
        let (status, problem) = await status(of: end, paths.container(entry.id).exitFile)
        let endpoints = entry.body.withLock { $0.endpoints }
        await launcher.tearDown(entry.record, endpoints: endpoints, running: running)

        let record = entry.end(status, problem: problem)
        await owed.writeDown(entry, in: database)
        CrashPoint.pass(.exitWritten)
        execs.containerEnded(entry.id)
        if status.outOfMemory, !running.hasToldOutOfMemory.load(ordering: .acquiring) {
            events.publish("oom", of: entry)
        }
        events.publish("die", of: entry, ["exitCode": String(status.code)])
        running.finished.set(true)
        entry.wake([.notRunning, .nextExit], statusCode: Int(status.code))
        if record.hostConfig.autoRemove, entry.body.withLock({ $0.restarts == 0 }) {
            Task { await self.supervisor.removeAutomatically(entry) }
        }
    }

    /// A monitor that was lost may have left word all the same.
    private func status(of end: ProcessEnd, _ exitFile: String) async -> (ExitStatus, String) {
        if case .exited(let status) = end { return (status, "") }
        return (try? await blocking.run { end.status(exitFile: exitFile) }) ?? end.status(exitFile: exitFile)
    }

    /// Kills a running container and undoes its start. With the container's lock held.
    func killAndFinish(_ entry: ContainerEntry) async throws {
        guard let running = entry.process else { return }
        entry.update { $0.hasBeenManuallyStopped = true }
        if entry.record.state.status == .paused {
            try? await blocking.run { try running.cgroup.thaw() }
        }
        let end = try await forceEnd(of: entry, running)
        events.publish("kill", of: entry, ["signal": "9"])
        await finish(entry, running, end)
    }

    /// Sends a signal to the container's first process; one that has ended meanwhile is no error. It needs no monitor,
    /// which may be stopped or out of reach.
    func signal(_ running: RunningContainer, _ number: Int32) async throws {
        let process = running.process
        _ = try await LaunchError.translating { try await blocking.run { try process.signal(number) } }
    }

    /// Ends a container's process, and waits until its monitor has said so. First comes SIGKILL, then the cgroup with all
    /// that is in it, and last the monitor, if it keeps the end to itself.
    /// - Throws: `BerthError.system` when the process does not end: the kernel holds on to it.
    func forceEnd(of entry: ContainerEntry, _ running: RunningContainer) async throws -> ProcessEnd {
        let cgroup = running.cgroup
        try? await signal(running, SIGKILL)
        if let end = try await running.ended.wait(seconds: 1) { return end }
        try? await blocking.run { try cgroup.kill() }
        // A stopped monitor says nothing, however long it is waited for.
        let isStopped = try await blocking.run { running.monitor?.isStopped ?? false }
        if !isStopped, let end = try await running.ended.wait(seconds: 9) { return end }
        let isGone = try await blocking.runLong { running.process.wait(seconds: 1) || !running.process.isAlive }
        guard isGone else {
            throw BerthError.system("container \(entry.id): it did not end after SIGKILL")
        }
        logger.warning("container \(entry.id.prefix(12)): its monitor does not answer, and is killed")
        try await blocking.run { _ = try running.monitor?.signal(SIGKILL) }
        // Without a connection to it nobody tells of its end either.
        if let end = try await running.ended.wait(seconds: 2) { return end }
        supervisor.ended(entry, running, .monitorLost)
        return .monitorLost
    }
}
