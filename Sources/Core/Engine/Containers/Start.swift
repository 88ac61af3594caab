import Glibc
import Images
import LaunchPlan
import Model
import Runtime
import Sandbox
import Spec
import State

extension Engine {
    /// Starts a container.
    /// - Throws: `BerthError.notModified` when it runs; `.invalidParameter` when its command cannot be run (Docker's
    ///   text; the container's exit code is then 127 or 126).
    public func startContainer(_ ref: String) async throws {
        let entry = try containers.find(ref)
        do {
            try await entry.lock.withLock { try await self.start(entry, reference: ref) }
        } catch let error as BerthError where error.code != .notModified {
            await removeAutomatically(entry)
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
        entry.update { record in
            record.state.status = .starting
            record.state.error = ""
            record.hasBeenManuallyStopped = false
        }
        do {
            try await database.mark(container: entry.id, phase: .starting)
            CrashPoint.pass(.startMarked)
            try await launch(entry)
        } catch {
            let record = entry.update { record in
                record.state = state
                record.state.error = "\(error)"
                record.state.exitCode = Self.exitCode(of: error)
            }
            await owed.writeDown(entry, in: database)
            entry.wake([.notRunning], statusCode: record.state.exitCode)
            throw Self.startError(error)
        }
    }

    private static func exitCode(of error: any Error) -> Int {
        (error as? LaunchError)?.exitCode ?? 128
    }

    /// Docker answers 400 for a command that cannot be run and its like, 500 for the rest.
    private static func startError(_ error: any Error) -> BerthError {
        if let error = error as? BerthError { return error }
        if let error = error as? LaunchError {
            let text =
                "failed to create task for container: failed to create shim task: OCI runtime create failed: "
                + "berth-monitor: \(error.text): unknown"
            if error.isEndOfTarget { return BerthError.conflict("cannot join a non running container: \(error.text)") }
            // Somebody has killed it meanwhile.
            if error.text.hasPrefix("answer the new process: ") { return BerthError.conflict(text) }
            return BerthError(error.isOfRequest ? .invalidParameter : .system, text)
        }
        return BerthError.system("\(error)")
    }

    private func launch(_ entry: ContainerEntry) async throws {
        var record = entry.record
        let spec = try entry.spec
        let files = paths.container(record.id)
        let own = try await resolveNamespaces(spec)
        if let identity = own.identity {
            record.config.hostname = identity.hostname
            record.config.domainname = identity.domainname
        }
        var undo = Undo()
        do {
            try await volumes.mount(&record, upper: writableLayer(of: record.id).upper, &undo)
            CrashPoint.pass(.startMounted)

            var sandbox: Sandbox?
            if own.needsSandbox {
                let pool = sandboxes
                let taken =
                    if let ready = pool.takeReady() { ready } else { try await blocking.run { try pool.take() } }
                undo.push { pool.retire(taken) }
                sandbox = taken
                record.sandboxKey = taken.path
                record.sandboxID = Identifier.random()
            }
            CrashPoint.pass(.startSandbox)

            var made: [EndpointRecord] = []
            if let sandbox {
                record.networks = networks.named(record.networks)
                for plan in try endpoints.plans(record, spec) {
                    let endpoint = try await endpoints.make(plan, container: record, sandbox: sandbox)
                    undo.push { await self.endpoints.remove(endpoint, sandbox: nil) }
                    record.networks[plan.network.name] = plan.settings.shown(with: endpoint)
                    made.append(endpoint)
                }
            } else if spec.network == .host, let host = try? networks.find("host") {
                record.networks["host"]?.networkID = host.id
            }
            if spec.network == .none, let none = try? networks.find("none") {
                record.networks["none"]?.networkID = none.id
            }
            record.ports = made.shownPorts

            let process = try await launchProcess(entry, record, spec, files, own, sandbox, made, &undo)
            CrashPoint.pass(.startLaunched)

            record.state.status = .running
            record.state.pid = Int(process.pid)
            record.state.exitCode = 0
            record.state.error = ""
            record.state.oomKilled = false
            record.state.startedAt = Clock.now()
            try await database.update(record, phase: .settled)
            let (done, attached) = (record, made)
            entry.body.withLock { body in
                body.record = done
                body.process = process
                body.endpoints = attached
            }
        } catch {
            await undo.run()
            throw error
        }
        CrashPoint.pass(.startWritten)
        events.publish("start", of: entry)
        watchMemory(entry)
        resolveAttaching(entry)
    }

    private func launchProcess(
        _ entry: ContainerEntry, _ record: ContainerRecord, _ spec: ContainerSpec, _ files: ContainerPaths,
        _ own: ResolvedNamespaces, _ sandbox: Sandbox?, _ endpoints: [EndpointRecord], _ undo: inout Undo
    ) async throws -> RunningContainer {
        let runtime = runtime
        let store = imageStore
        let addresses = endpoints.map(\.address).filter { !$0.isEmpty }
        let gateway = spec.extraHosts.isEmpty ? nil : networks.defaultGateway
        undo.push {
            _ = unlink(files.socket)
            _ = rmdir(files.running)
        }
        let (cgroup, devices) = try await blocking.run {
            try IdentityFiles(
                record: record, spec: spec, files: files, addresses: addresses, hostGateway: gateway
            ).write()
            _ = unlink(files.exitFile)
            try DataPaths.makeDirectory(files.running, mode: 0o700)
            try DataPaths.makeDirectory(files.merged, mode: 0o700)
            let devices = try runtime.devices(spec)
            return (try runtime.makeCgroup(record, spec, devices: devices), devices)
        }
        undo.push {
            try? await self.blocking.run {
                try cgroup.kill()
                try cgroup.remove()
            }
        }
        CrashPoint.pass(.startCgroup)
        let process = try await blocking.runLong {
            let builder = PlanBuilder(
                record: record, spec: spec, files: files, runtime: runtime, devices: devices,
                layers: try store.layerStack(of: record.imageID),
                cgroup: cgroup, network: own.network ?? sandbox.map { .join(.network, $0.path) }, joined: own.joined,
                shmOwner: own.shmOwner,
                identity: own.identity?.files ?? files)
            let plan = try builder.plan()
            let listener = try MonitorListener(path: files.socket)
            self.resolveAttaching(entry, socket: MonitorSocket(path: files.socket))
            return try runtime.launcher.launch(plan, listener: listener)
        }
        for warning in process.warnings { logger.warning("container \(record.id.prefix(12)): \(warning)") }
        let running = RunningContainer(
            process: process, socket: MonitorSocket(path: files.socket), sandbox: sandbox, cgroup: cgroup)
        watch(entry, running, process.channel)
        undo.push {
            try? await self.blocking.run { try cgroup.kill() }
            _ = try? await running.ended.wait(seconds: 5)
        }
        sandbox?.idle()
        monitors.plan()
        return running
    }

    /// Has `finish` called when the process ends.
    func watch(_ entry: ContainerEntry, _ running: RunningContainer, _ channel: MonitorChannel) {
        runtime.watch.watch(channel) { end in self.ended(entry, running, end) }
    }

    /// Tells those who wait that the process has ended, and has its start undone.
    func ended(_ entry: ContainerEntry, _ running: RunningContainer, _ end: ProcessEnd) {
        running.ended.set(end)
        Task {
            await entry.lock.withLock {
                if entry.process === running { await self.finish(entry, running, end) }
            }
        }
    }
}
