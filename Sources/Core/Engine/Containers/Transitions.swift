import LaunchPlan
import Model
import State

/// The steps of a container's life, as memory has them: nothing else changes a container's status, process or endpoints
/// as a whole. With the container's lock held, each of them.
///
/// created, exited → starting → running ⇄ paused → exited → removing → gone
extension ContainerEntry {
    /// → starting.
    /// - Returns: the state before, for `failStart`.
    package func beginStart() -> ContainerState {
        body.withLock { body in
            let former = body.record.state
            body.record.state.status = .starting
            body.record.state.error = ""
            body.record.hasBeenManuallyStopped = false
            return former
        }
    }

    /// starting → what it was before, with the reason.
    package func failStart(_ former: ContainerState, error: String, exitCode: Int) {
        update { record in
            record.state = former
            record.state.error = error
            record.state.exitCode = exitCode
        }
    }

    /// starting → running.
    /// - Parameter record: as it is written down.
    func run(_ record: ContainerRecord, _ process: RunningContainer, _ endpoints: [EndpointRecord]) {
        body.withLock { body in
            body.record = record
            body.process = process
            body.endpoints = endpoints
        }
    }

    /// running ⇄ paused.
    package func setPaused(_ isPaused: Bool) {
        update { $0.state.status = isPaused ? .paused : .running }
    }

    /// Running, as an earlier daemon has left it: → running or paused.
    /// - Returns: the record, without the networks that it has no endpoint of any more.
    func adopt(
        _ process: RunningContainer, _ endpoints: [EndpointRecord], isPaused: Bool
    ) -> ContainerRecord {
        let kept = Set(endpoints.map(\.id))
        return body.withLock { body in
            body.process = process
            body.endpoints = endpoints
            body.record.state.pid = Int(process.pid)
            body.record.state.status = isPaused ? .paused : .running
            body.record.networks = body.record.networks.filter { _, settings in
                settings.endpointID.isEmpty || kept.contains(settings.endpointID)
            }
            return body.record
        }
    }

    /// running, paused → exited.
    @discardableResult
    package func end(_ status: ExitStatus, problem: String) -> ContainerRecord {
        body.withLock { body in
            body.process = nil
            body.endpoints = []
            body.execs = []
            body.record.end(status, problem: problem)
            return body.record
        }
    }

    /// → removing.
    /// - Returns: the status before, for `cancelRemoval`.
    package func beginRemoval() -> ContainerState.Status {
        body.withLock { body in
            defer { body.record.state.status = .removing }
            return body.record.state.status
        }
    }

    /// removing → what it was before.
    package func cancelRemoval(_ former: ContainerState.Status) {
        update { $0.state.status = former }
    }

    /// removing → gone.
    /// - Returns: the clients that wait to be attached, in vain.
    func remove() -> [Attachment] {
        body.withLock { body in
            body.isRemoved = true
            defer { body.attaching = [:] }
            return Array(body.attaching.values)
        }
    }
}

extension ContainerRecord {
    /// It runs.
    mutating func run(pid: Int32) {
        state.status = .running
        state.pid = Int(pid)
        state.exitCode = 0
        state.error = ""
        state.oomKilled = false
        state.startedAt = Clock.now()
    }

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

extension ContainerState {
    /// As clients see it: Docker has no word for what is being started.
    var shown: ContainerState {
        var shown = self
        if status == .starting { shown.status = .created }
        return shown
    }
}
