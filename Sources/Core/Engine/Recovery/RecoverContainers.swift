import Glibc
import LaunchPlan
import Model
import Runtime
import Sandbox
import State

/// An endpoint's row as an earlier daemon left it.
struct RecoveredEndpoint: Sendable {
    var record: EndpointRecord
    /// Whether it was neither being made nor being removed.
    var isReady: Bool
}

/// What was found of a container's monitor.
private enum FoundMonitor: Sendable {
    case reached(RunningProcess)
    /// The process runs, but its monitor could not be spoken to.
    case silent(ProcessHandle)
    /// There is none: the process has ended.
    case gone

    var isGone: Bool {
        if case .gone = self { return true }
        return false
    }
}

extension ContainerRecovery {
    /// Adopts a container that runs; of one that does not, has undone what is left of it.
    /// - Returns: the IDs of the endpoints that it keeps.
    func recover(
        _ container: StoredContainer, endpoints: [RecoveredEndpoint], _ steps: RecoverySteps
    ) async -> Set<String> {
        guard let entry = containers[container.record.id] else { return [] }
        for endpoint in endpoints.map(\.record) {
            self.endpoints.adopt(endpoint)
        }
        switch await findMonitor(of: entry) {
        case .reached(let process) where container.record.state.isRunning:
            let running = await running(entry, process.handle)
            let kept = await adopt(entry, running, endpoints, steps)
            supervisor.watch(entry, running, process.channel)
            return kept
        case .silent(let process) where container.record.state.isRunning:
            let running = await running(entry, process)
            let kept = await adopt(entry, running, endpoints, steps)
            Task { await self.reconnect(entry, running) }
            return kept
        case let monitor:
            await settle(container, entry, endpoints: endpoints.map(\.record), monitor, steps)
            return []
        }
    }

    /// Looks for a container's process: by its monitor, and where that cannot be reached by the process itself.
    private func findMonitor(of entry: ContainerEntry) async -> FoundMonitor {
        let socket = MonitorSocket(path: paths.container(entry.id).socket)
        let pid = Int32(clamping: entry.record.state.pid)
        let isRunning = entry.record.state.isRunning
        let name = entry.id.prefix(12)
        let logger = logger
        let found = try? await blocking.run { () -> FoundMonitor in
            let process = isRunning ? Self.process(pid, of: entry.id) : nil
            if let process, process.monitor?.isStopped == true {
                logger.warning("container \(name): its monitor is stopped")
                return .silent(process)
            }
            do {
                return .reached(try socket.reconnect(timeout: Self.monitorGrace))
            } catch {
                guard let process else { return .gone }
                if let error = error as? LaunchError, error.meansNoProcess, let monitor = process.monitor {
                    logger.warning("container \(name): it runs, but its monitor's socket is lost: \(error)")
                    if let found = try? socket.renewed(by: monitor) { return .reached(found) }
                }
                logger.warning("container \(name): its monitor does not answer: \(error)")
                return .silent(process)
            }
        }
        return found ?? .gone
    }

    /// Seconds that the daemon's start waits for a monitor's answer, which takes some microseconds.
    private static let monitorGrace = 1.0

    /// A container's first process, if it is still there and has a monitor: without one it has no log, no streams and
    /// nobody to say how it ends.
    private static func process(_ pid: Int32, of id: String) -> ProcessHandle? {
        guard let process = ProcessHandle(now: pid), process.isAlive, process.isInCgroup(named: id),
            process.monitor != nil
        else { return nil }
        return process
    }

    private func running(_ entry: ContainerEntry, _ process: ProcessHandle) async -> RunningContainer {
        let record = entry.record
        let running = RunningContainer(
            process: process, socket: MonitorSocket(path: paths.container(entry.id).socket),
            sandbox: record.sandboxKey.isEmpty ? nil : Sandbox.adopt(record.sandboxKey),
            cgroup: runtime.cgroup(of: record))
        let logger = logger
        try? await blocking.run { running.pinSandbox(of: entry.id, logger) }
        return running
    }

    // MARK: Containers that run

    /// Takes a container over with what it has of networks; a connect or disconnect that was half done is undone or
    /// finished.
    /// - Returns: the IDs of the endpoints that it keeps.
    private func adopt(
        _ entry: ContainerEntry, _ running: RunningContainer, _ endpoints: [RecoveredEndpoint], _ steps: RecoverySteps
    ) async -> Set<String> {
        let cgroup = running.cgroup
        let isFrozen = (try? await blocking.run { cgroup.isFrozen() }) ?? false
        let before = entry.record
        let named = Set(before.networks.values.map(\.endpointID))
        let kept = endpoints.filter { $0.isReady && named.contains($0.record.id) }.map(\.record)
            .sorted { ($0.interface.utf8.count, $0.interface) < ($1.interface.utf8.count, $1.interface) }
        let keptIDs = Set(kept.map(\.id))
        let stale = endpoints.map(\.record).filter { !keptIDs.contains($0.id) }
        let adopted = entry.adopt(running, kept, isPaused: isFrozen)
        if adopted.state.status != before.state.status || adopted.networks.count != before.networks.count {
            await owed.writeDown(entry, in: database)
        }
        supervisor.watchMemory(entry)
        let isTorn = named.contains { !$0.isEmpty && !keptIDs.contains($0) }
        let hasPorts = endpoints.contains { !$0.record.ports.isEmpty }
        let lost = hasPorts ? [] : PublishedPort.all(shown: before.ports)
        guard !stale.isEmpty || isTorn || !lost.isEmpty else { return keptIDs }
        logger.notice("container \(entry.id.prefix(12)): its connect or disconnect was interrupted: disconnected")
        await steps.add(holding: entry.lock) {
            for endpoint in stale { await self.connections.detach(endpoint, from: entry, running) }
            await self.connections.finishWayOut(entry, running, lost: lost)
            await self.owed.writeDown(entry, in: self.database)
        }
        return keptIDs
    }

    /// Tries to reach a monitor until it answers or is known to be gone. Until then its container counts as running.
    private func reconnect(_ entry: ContainerEntry, _ running: RunningContainer) async {
        var pause = 0.25
        var monitor: ProcessHandle?
        while entry.process === running {
            // The end of the process is the one thing that can be seen without the monitor.
            let seconds = pause
            let (hasEnded, seen) =
                (try? await blocking.runLong {
                    let monitor = running.monitor
                    return (running.process.wait(seconds: seconds), monitor)
                }) ?? (false, nil)
            monitor = seen ?? monitor
            pause = min(pause * 2, 5)
            do {
                let process = try await blocking.runLong {
                    try running.ask { socket throws(LaunchError) in try socket.reconnect() }
                }
                return supervisor.watch(entry, running, process.channel)
            } catch let error as LaunchError where error.meansNoProcess && !running.process.isAlive {
                // It writes the exit file before it goes.
                if let monitor { _ = try? await blocking.runLong { monitor.wait(seconds: 5) } }
                return supervisor.ended(entry, running, .monitorLost)
            } catch {
                logger.debug("container \(entry.id.prefix(12)): its monitor does not answer: \(error)")
                if hasEnded { await Clock.sleep(seconds: seconds) }
            }
        }
    }

    // MARK: Containers that do not

    /// A container without a process: writes down how it ended, and has undone what is left of it.
    private func settle(
        _ container: StoredContainer, _ entry: ContainerEntry, endpoints: [EndpointRecord], _ monitor: FoundMonitor,
        _ steps: RecoverySteps
    ) async {
        let phase = container.phase
        let state = container.record.state
        let isHalfRemoved = [.creating, .removing, .removingWithVolumes].contains(phase)
        // Only one that was never tried to start waits for that.
        let wasTried = state.startedAt != 0 || phase == .starting || !state.error.isEmpty
        let isRemoved = isHalfRemoved || (container.record.hostConfig.autoRemove && wasTried)
        let mayBeMounted = state.isRunning || phase == .starting || phase == .stopping
        let hasRemains = phase != .settled || mayBeMounted || !endpoints.isEmpty || !monitor.isGone
        guard hasRemains || isRemoved else { return }
        if phase != .settled {
            logger.notice("container \(entry.id.prefix(12)): \(phase.rawValue) was interrupted")
        }
        if state.isRunning { await writeEnd(of: entry, phase: isHalfRemoved ? phase : .stopping) }
        await steps.add(holding: entry.lock) {
            if hasRemains { await self.clear(entry, endpoints: endpoints, monitor) }
            // An unmount without a mount would take the volume from others, with drivers that count.
            if mayBeMounted { await self.volumes.unmount(entry.record) }
            guard isRemoved else { return await self.owed.writeDown(entry, in: self.database) }
            do {
                try await self.removal.removeStopped(entry, removeVolumes: phase != .removing)
            } catch {
                self.logger.error("container \(entry.id.prefix(12)): finish what was interrupted: \(error)")
            }
        }
    }

    /// Writes down the end of a container that was running when the earlier daemon ended.
    private func writeEnd(of entry: ContainerEntry, phase: StoredContainer.Phase) async {
        let exitFile = paths.container(entry.id).exitFile
        guard
            let (status, problem) = try? await blocking.run({ ProcessEnd.monitorLost.status(exitFile: exitFile) })
        else { return }
        let record = entry.end(status, problem: problem)
        do {
            try await database.update(record, phase: phase)
        } catch {
            logger.error("container \(entry.id.prefix(12)): write its end: \(error)")
        }
    }

    /// Takes away what is left of a container's process and endpoints. With the container's lock held.
    private func clear(_ entry: ContainerEntry, endpoints: [EndpointRecord], _ monitor: FoundMonitor) async {
        let files = paths.container(entry.id)
        let cgroup = runtime.cgroup(of: entry.record)
        if case .reached(let process) = monitor {
            let running = await running(entry, process.handle)
            supervisor.watch(entry, running, process.channel)
            try? await blocking.run { try cgroup.kill() }
            _ = try? await running.ended.wait(seconds: 10)
        }
        try? await blocking.run {
            try cgroup.kill()
            try cgroup.remove()
        }
        for endpoint in endpoints { await self.endpoints.remove(endpoint, sandbox: nil) }
        try? await blocking.run {
            _ = unlink(files.socket)
            _ = rmdir(files.running)
        }
    }
}

extension LaunchError {
    /// Nothing runs behind the monitor's socket. Any other error says nothing of the process.
    fileprivate var meansNoProcess: Bool {
        switch kind {
        case .notRunning, .process: true
        case .monitor, .refused, .timeout: false
        }
    }
}
