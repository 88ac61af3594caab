import Glibc
import Images
import LaunchPlan
import Model
import Runtime
import Sandbox
import Spec
import State

extension ContainerLauncher {
    /// Starts a container's process. Each step that was taken is undone when a later one fails. With the container's lock held.
    func launch(_ entry: ContainerEntry) async throws {
        var record = entry.record
        let spec = try entry.spec
        try spec.log.checkForStart()
        let files = paths.container(record.id)
        let own = try await resolveNamespaces(spec)
        if let identity = own.identity {
            record.config.hostname = identity.hostname
            record.config.domainname = identity.domainname
        }
        var undo = Undo()
        do {
            try await volumes.mount(&record, upper: ContainerLayer(root: files.kept).upper, &undo)
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

            record.run(pid: process.pid)
            try await database.update(record, phase: .settled)
            entry.run(record, process, made)
        } catch {
            await undo.run()
            throw error
        }
        CrashPoint.pass(.startWritten)
    }

    private func launchProcess(
        _ entry: ContainerEntry, _ record: ContainerRecord, _ spec: ContainerSpec, _ files: ContainerPaths,
        _ own: ResolvedNamespaces, _ sandbox: Sandbox?, _ endpoints: [EndpointRecord], _ undo: inout Undo
    ) async throws -> RunningContainer {
        let runtime = runtime
        let store = store
        let addresses = endpoints.map(\.address).filter { !$0.isEmpty }
        let gateway = spec.extraHosts.isEmpty ? nil : networks.defaultGateway
        undo.push {
            try? await self.blocking.run {
                _ = unlink(files.socket)
                _ = rmdir(files.running)
            }
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
            entry.resolveAttaching(socket: MonitorSocket(path: files.socket))
            return try runtime.launcher.launch(plan, listener: listener)
        }
        for warning in process.warnings { logger.warning("container \(record.id.prefix(12)): \(warning)") }
        let running = RunningContainer(
            process: process, socket: MonitorSocket(path: files.socket), sandbox: sandbox, cgroup: cgroup)
        supervisor.watch(entry, running, process.channel)
        undo.push {
            try? await self.blocking.run { try cgroup.kill() }
            _ = try? await running.ended.wait(seconds: 5)
        }
        sandbox?.idle()
        monitors.plan()
        return running
    }
}
