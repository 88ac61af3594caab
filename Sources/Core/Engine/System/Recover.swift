import Glibc
import LaunchPlan
import Model
import PluginProtocol
import Runtime
import Sandbox
import State

extension Engine {
    /// Picks up what an earlier daemon left: adopts containers that run, finishes or undoes what was half done, and
    /// removes from the kernel and the disk what belongs to nothing. To be called once, before serving.
    /// - Throws: `BerthError` when the database cannot be read.
    public func recover() async throws {
        for image in try database.allImages() { images.put(image) }
        for (record, isReady) in try database.allVolumes() where isReady { volumes[record.name] = record }
        let storedNetworks = try database.allNetworks()
        for record in storedNetworks { try networks.add(NetworkEntry(record: record)) }
        let endpoints = try database.allEndpoints()
        let stored = try database.allContainers()
        var kept: Set<String> = []
        var unfinished: [StoredContainer] = []
        for container in stored {
            let entry = ContainerEntry(record: container.record, imageName: container.imageName)
            containers.add(entry, name: container.record.name)
            if [.creating, .removing, .removingWithVolumes].contains(container.phase) {
                unfinished.append(container)
            }
            let own = endpoints.filter { $0.containerID == container.record.id }
            if await adopt(entry, endpoints: own) { kept.formUnion(own.map(\.id)) }
        }
        for container in unfinished { await finishRemoval(container) }
        await sweepKernel(endpoints: endpoints, kept: kept)
        await finishNetworks()
        await finishVolumes()
        await makePredefinedNetworks()
        await sweepDisk()
    }

    /// Connects to the monitor of a container that was running or about to.
    /// - Returns: whether it runs.
    private func adopt(_ entry: ContainerEntry, endpoints: [EndpointRecord]) async -> Bool {
        let record = entry.record
        let files = paths.container(entry.id)
        let socket = MonitorSocket(path: files.socket)
        let found: RunningProcess? = await {
            guard access(files.socket, F_OK) == 0 else { return nil }
            return try? await blocking.run { try socket.reconnect() }
        }()
        if let found {
            // The monitor runs, also when the daemon died before it could write that down.
            let sandbox = Self.sandboxPath(record, pid: found.pid, directory: paths.sandboxes)
                .flatMap { try? Sandbox.open($0) }
            let running = RunningContainer(
                process: found, socket: socket, sandbox: sandbox, cgroup: runtime.cgroup(of: record))
            let isSettled = record.state.isRunning
            if isSettled {
                entry.body.withLock { body in
                    body.process = running
                    body.endpoints = endpoints
                    body.record.state.pid = Int(found.pid)
                }
                for endpoint in endpoints {
                    ports.adopt(endpoint.ports)
                    try? networks[endpoint.networkID]?.join(endpoint: endpoint.id, container: entry.id)
                }
                watch(entry, running, found.channel)
                return true
            }
            // Its start was never answered: it is undone.
            logger.notice("container \(entry.id.prefix(12)): its start was interrupted: undone")
            watch(entry, running, found.channel)
            try? await blocking.run { try running.cgroup.kill() }
            _ = await running.ended.wait(seconds: 10)
        }
        await settle(entry, wasRunning: record.state.isRunning, endpoints: endpoints)
        return false
    }

    /// A container without a process: takes away what is left of it in the kernel, and writes down how it ended.
    private func settle(_ entry: ContainerEntry, wasRunning: Bool, endpoints: [EndpointRecord]) async {
        let files = paths.container(entry.id)
        let record = entry.record
        let cgroup = runtime.cgroup(of: record)
        try? await blocking.run {
            try cgroup.kill()
            try cgroup.remove()
        }
        for endpoint in endpoints {
            try? networks[endpoint.networkID]?.join(endpoint: endpoint.id, container: entry.id)
            await removeEndpoint(endpoint, sandbox: nil)
        }
        _ = unlink(files.socket)
        _ = rmdir(files.running)
        await unmountVolumes(record)
        let status = ExitStatus.read(at: files.exitFile)
        let settled = entry.update { record in
            record.networks = record.networks.mapValues(Self.asked)
            record.ports = [:]
            record.sandboxKey = ""
            record.sandboxID = ""
            record.state.pid = 0
            if wasRunning {
                record.state.status = .exited
                record.state.exitCode = Int(status?.code ?? 137)
                record.state.oomKilled = status?.outOfMemory ?? false
                record.state.finishedAt = status.map { Int64($0.finished) } ?? Clock.now()
                if status == nil {
                    record.state.error = "the container's monitor died; the container was killed with it"
                }
            } else if record.state.status == .starting || record.state.status == .removing {
                record.state.status = record.state.startedAt == 0 ? .created : .exited
            }
        }
        try? await database.update(settled, phase: .settled)
        if settled.hostConfig.autoRemove, wasRunning {
            try? await remove(entry, force: true, removeVolumes: true, reference: entry.id)
        }
    }

    /// Ends what a create or remove had begun: the container goes.
    private func finishRemoval(_ container: StoredContainer) async {
        guard let entry = containers[container.record.id] else { return }
        logger.notice("container \(entry.id.prefix(12)): \(container.phase.rawValue) was interrupted: removed")
        do {
            try await remove(
                entry, force: true, removeVolumes: container.phase != .removing, reference: entry.id)
        } catch {
            logger.error("container \(entry.id.prefix(12)): remove: \(error)")
        }
    }

    /// The sandbox's pin; while it is a daemon's first look, by the record, else by what the process has.
    private static func sandboxPath(_ record: ContainerRecord, pid: Int32, directory: String) -> String? {
        record.sandboxKey.isEmpty ? nil : record.sandboxKey
    }

    // MARK: Sweeping

    /// Removes from the kernel what carries our mark and belongs to no container, network or endpoint that is kept.
    private func sweepKernel(endpoints: [EndpointRecord], kept: Set<String>) async {
        let known = Set(containers.all.map(\.id))
        for endpoint in endpoints where !kept.contains(endpoint.id) {
            if !known.contains(endpoint.containerID) { await removeEndpoint(endpoint, sandbox: nil) }
        }
        _ = try? database.sweepDriverState()
        await reconcile(endpoints: kept.sorted())
        let sandboxKeys = Set(containers.all.compactMap { $0.process?.sandbox?.path })
        let pool = sandboxes
        let runtime = runtime
        let running = Set(containers.all.filter { $0.process != nil }.map(\.id))
        let logger = logger
        try? await blocking.run {
            do { try pool.sweep(keeping: sandboxKeys) } catch { logger.warning("sweep sandboxes: \(error)") }
            for name in runtime.layout.list(parent: runtime.cgroupParent) where !running.contains(name) {
                let cgroup = runtime.layout.cgroup(parent: runtime.cgroupParent, name: name)
                try? cgroup.kill()
                try? cgroup.remove()
            }
        }
    }

    /// Tells the network drivers what exists, so that they remove the rest. The default network's driver is waited
    /// for; others, which may hang, are told in the background.
    private func reconcile(endpoints: [String]) async {
        let ready = networks.all.filter { $0.record.isReady }
        let all = Set(ready.map(\.record.driver)).union(drivers.names(of: .network)).subtracting(["host", "null"])
        for driver in all {
            let request = ReconcileRequest(
                networks: ready.filter { $0.record.driver == driver }.map(\.id), endpoints: endpoints)
            let tell: @Sendable () async -> Void = {
                do {
                    let handle = try self.drivers.driver(kind: .network, name: driver)
                    _ = try await handle.callIfImplemented(.reconcile, request)
                } catch {
                    self.logger.warning("network driver \(driver): reconcile: \(error)")
                }
            }
            if driver == "bridge" { await tell() } else { Task { await tell() } }
        }
    }

    private func finishNetworks() async {
        for entry in networks.all where !entry.record.isReady {
            logger.notice("network \(entry.name): its creation was interrupted: undone")
            await unmakeNetwork(entry)
        }
    }

    /// Undoes a network, whatever of it there is.
    func unmakeNetwork(_ entry: NetworkEntry) async {
        let record = entry.record
        _ = try? await call(.network, record.driver, .deleteNetwork, DeleteNetworkRequest(networkID: record.id))
        await releasePools(of: record)
        try? await database.deleteNetwork(id: record.id)
        networks.remove(entry)
    }

    private func finishVolumes() async {
        let table = volumes
        for (record, isReady) in (try? database.allVolumes()) ?? [] where !isReady {
            _ = try? await call(.volume, record.driver, .removeVolume, VolumeRequest(name: record.name))
            try? await database.deleteVolume(name: record.name)
            table[record.name] = nil
        }
    }

    private func sweepDisk() async {
        let known = Set(containers.all.map(\.id))
        let running = Set(containers.all.filter { $0.process != nil }.map(\.id))
        let needed = neededImages()
        let (paths, trash, store, logger) = (paths, trash, imageStore, logger)
        try? await blocking.run {
            for name in DirectoryListing.names(paths.containers) where !known.contains(name) {
                try? trash.discard(paths.containers + "/" + name)
            }
            for name in DirectoryListing.names(paths.running) where !running.contains(name) {
                try? trash.discard(paths.running + "/" + name)
            }
            for name in DirectoryListing.names(paths.execs) { _ = unlink(paths.execs + "/" + name) }
            trash.empty()
            do { _ = try store.sweep(keeping: needed) } catch { logger.warning("sweep images: \(error)") }
        }
    }

    /// Lets go of everything but the containers, which run on.
    public func shutdown() async {
        bus.finish()
        let (pool, drivers) = (sandboxes, drivers)
        let pins = paths.sandboxes
        try? await blocking.run {
            pool.drain()
            drivers.close()
            // With no container left, nothing is pinned there any more.
            if DirectoryListing.names(pins).isEmpty { _ = umount2(pins, 0) }
        }
        trash.drain()
        await blocking.shutdown()
        database.close()
    }
}

enum DirectoryListing {
    /// The names in a directory, without "." and ".."; none when it cannot be read.
    static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
