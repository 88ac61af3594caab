import Glibc
import LaunchPlan
import Model
import Runtime
import State

extension Engine {
    /// Undoes what a start made, after the process has ended, and writes down how. With the container's lock held.
    func finish(_ entry: ContainerEntry, _ running: RunningContainer, _ end: ProcessEnd) async {
        CrashPoint.pass(.exitSeen)
        let files = paths.container(entry.id)
        let (status, problem) = Self.status(of: end, exitFile: files.exitFile)
        let endpoints = entry.body.withLock { $0.endpoints }
        await tearDown(entry.record, endpoints: endpoints, running: running)

        let record = entry.body.withLock { body in
            body.process = nil
            body.endpoints = []
            body.execs = []
            var record = body.record
            record.end(status, problem: problem)
            body.record = record
            return record
        }
        await owed.writeDown(entry, in: database)
        CrashPoint.pass(.exitWritten)
        execs.processEnded(container: entry.id)
        if status.outOfMemory, !running.hasToldOutOfMemory.load(ordering: .acquiring) {
            events.publish("oom", of: entry)
        }
        events.publish("die", of: entry, ["exitCode": String(status.code)])
        running.finished.set(true)
        entry.wake([.notRunning, .nextExit], statusCode: Int(status.code))
        if record.hostConfig.autoRemove, entry.body.withLock({ $0.restarts == 0 }) {
            Task { await self.removeAutomatically(entry) }
        }
    }

    /// Has it told when the kernel kills in a container with a memory limit, also when the container lives on. Returns at
    /// once.
    func watchMemory(_ entry: ContainerEntry) {
        guard entry.record.hostConfig.memory > 0, let running = entry.process else { return }
        let watch = runtime.outOfMemory
        blocking.pool.submit { _ in
            watch.watch(running.cgroup) { [weak entry] in
                guard let entry, entry.process === running else { return }
                running.hasToldOutOfMemory.store(true, ordering: .releasing)
                self.events.publish("oom", of: entry)
            }
        }
    }

    /// How it ended; a monitor that died without a word leaves 137 and a reason.
    static func status(of end: ProcessEnd, exitFile: String) -> (ExitStatus, String) {
        switch end {
        case .exited(let status): return (status, "")
        case .monitorLost:
            if let status = ExitStatus.read(at: exitFile) { return (status, "") }
            let status = ExitStatus(code: 137, outOfMemory: false, finished: UInt64(Clock.now()))
            return (status, "the container's monitor died; the container was killed with it")
        }
    }

    /// Takes away what a running container has in the kernel. Goes on after errors, which are logged.
    func tearDown(_ record: ContainerRecord, endpoints: [EndpointRecord], running: RunningContainer) async {
        let files = paths.container(record.id)
        let name = record.id.prefix(12)
        let cgroup = running.cgroup
        let logger = logger
        async let group: Void? = try? blocking.run {
            do {
                try cgroup.kill()
                try cgroup.remove()
            } catch {
                logger.warning("container \(name): remove its cgroup: \(error)")
            }
            _ = unlink(files.socket)
            _ = rmdir(files.running)
        }
        for endpoint in endpoints { await self.endpoints.remove(endpoint, sandbox: nil) }
        CrashPoint.pass(.exitEndpointsGone)
        if let sandbox = running.sandbox { sandboxes.retire(sandbox) }
        CrashPoint.pass(.exitSandboxGone)
        await volumes.unmount(record)
        _ = await group
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
        do {
            try await blocking.run { try process.signal(number) }
        } catch let error as LaunchError {
            throw BerthError.system(error.text)
        }
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
        ended(entry, running, .monitorLost)
        return .monitorLost
    }
}

extension ContainerRecord {
    /// Its process is gone, and with it what stood for it in the kernel.
    mutating func end(_ status: ExitStatus, problem: String) {
        networks = networks.mapValues(\.asked)
        ports = [:]
        sandboxKey = ""
        sandboxID = ""
        state.status = .exited
        state.pid = 0
        state.exitCode = Int(status.code)
        state.oomKilled = status.outOfMemory
        state.finishedAt = Int64(status.finished)
        state.error = problem
    }
}
