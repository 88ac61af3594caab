import Model
import Spec
import State

extension Recovery {
    /// Seconds that a recovery waits for drivers before the daemon serves without them.
    private static let driverGrace = 2.0

    /// Picks up what an earlier daemon left: adopts containers that run, finishes or undoes what was half done, and
    /// removes from the kernel and the disk what belongs to nothing. To be called once, before serving.
    ///
    /// What drivers have to undo goes on while the daemon serves when they take longer than a moment; what a client then
    /// wants of the same container or volume waits for it.
    /// - Throws: `BerthError` when the database cannot be read.
    func run() async throws {
        try await DiskReserve.freeing { try await self.recoverFreeing() }
    }

    private func recoverFreeing() async throws {
        let stored = try await blocking.runLong { try self.load() }
        let forwarder = endpoints.forwarder
        try await blocking.run { forwarder.adopt() }
        lostEndpoints.handle { [connections] endpoint in Task { await connections.remake(endpoint) } }
        CrashPoint.pass(.recoverRead)
        let steps = RecoverySteps()
        let kept = await recoverContainers(stored, steps)
        await wait(for: steps)
        CrashPoint.pass(.recoverContainers)
        await leftovers.sweepKernel(endpoints: kept)
        await settleForwarder()
        CrashPoint.pass(.recoverKernel)
        networks.finishInterrupted(steps)
        for volume in stored.unfinishedVolumes { steps.add { await self.volumes.finish(volume) } }
        await wait(for: steps)
        CrashPoint.pass(.recoverUnfinished)
        await networks.makePredefined()
        CrashPoint.pass(.recoverNetworks)
        await recoverFromDrivers()
        await leftovers.sweepDisk()
        CrashPoint.pass(.recoverDisk)
    }

    /// Has just those ports served at IPv6 addresses that running containers have.
    private func settleForwarder() async {
        let targets = containers.all.filter { $0.process != nil }
            .flatMap { entry in entry.body.withLock { $0.endpoints } }.flatMap(\.forwardTargets)
        let wanted = Dictionary(targets.map { ($0.port, $0.target) }) { $1 }
        let keepsOthers = !unreadable.endpoints.isEmpty || !unreadable.containers.isEmpty
        let forwarder = endpoints.forwarder
        try? await blocking.run { forwarder.settle(wanted, keepingOthers: keepsOthers) }
    }

    /// What the database has beyond what is in memory now.
    private struct Stored: Sendable {
        var containers: [StoredContainer] = []
        var endpoints: [RecoveredEndpoint] = []
        var unfinishedVolumes: [VolumeRecord] = []
    }

    /// Reads everything into memory, before anything is touched: a volume of one container may be another's too.
    private func load() throws -> Stored {
        var stored = Stored()
        for image in try readable({ try $0.allImages() }) { images.load(image) }
        for (record, isReady) in try readable({ try $0.allVolumes() }) {
            if isReady { volumes.load(record) } else { stored.unfinishedVolumes.append(record) }
        }
        for record in try readable({ try $0.allNetworks() }) { try networks.load(record) }
        stored.endpoints = try readable({ try $0.allEndpoints() }).map {
            RecoveredEndpoint(record: $0.record, isReady: $0.isReady)
        }
        // Whoever is recovered first must take no port of another's.
        for endpoint in stored.endpoints { endpoints.ports.adopt(endpoint.record.ports) }
        stored.containers = try readable { try $0.allContainers() }
        let trashed = Dictionary(
            trash.keptNames().compactMap { TrashedContainer(name: $0) }.map { ($0.id, $0.phase) },
            uniquingKeysWith: { $1 })
        for (id, phase) in trashed where !stored.containers.contains(where: { $0.record.id == id }) {
            // Its row is gone already.
            try? trash.release(TrashedContainer(id: id, phase: phase).name)
        }
        for index in stored.containers.indices {
            if let phase = trashed[stored.containers[index].record.id] { stored.containers[index].phase = phase }
        }
        for container in stored.containers {
            let record = container.record
            let spec = ContainerSpec.loaded(record)
            if case .failure(let error) = spec { logger.error("\(error). It cannot be started") }
            containers.add(
                ContainerEntry(record: record, spec: spec, imageName: container.imageName), name: record.name)
        }
        return stored
    }

    /// A table's rows. Those that cannot be read are put back from the copy beside the data, or set aside.
    private func readable<Record>(_ rows: (Database) throws -> StoredRows<Record>) throws -> [Record] {
        let first = try rows(database)
        guard !first.unreadable.isEmpty else { return first.records }
        let left = database.mend(first.unreadable) { logger.warning("\($0)") }
        for row in left {
            logger.error("\(row.cause). It is left as it is, and so is what belongs to it: not listed, not removed")
        }
        unreadable.add(left)
        return try rows(database).records
    }

    /// - Returns: the IDs of the endpoints that running containers keep.
    private func recoverContainers(_ stored: Stored, _ steps: RecoverySteps) async -> Set<String> {
        let endpoints = Dictionary(grouping: stored.endpoints, by: \.record.containerID)
        let unread = unreadable.containers
        for (container, orphans) in endpoints where containers[container] == nil && !unread.contains(container) {
            steps.add { for orphan in orphans { await self.endpoints.remove(orphan.record, sandbox: nil) } }
        }
        return await withTaskGroup(of: Set<String>.self) { group in
            for container in stored.containers {
                let own = endpoints[container.record.id] ?? []
                group.addTask { await self.running.recover(container, endpoints: own, steps) }
            }
            let unknown = endpoints.filter { unread.contains($0.key) }.flatMap(\.value)
            for endpoint in unknown.map(\.record) {
                self.endpoints.adopt(endpoint)
            }
            let kept = unreadable.endpoints.union(unknown.map(\.record.id))
            return await group.reduce(into: kept) { $0.formUnion($1) }
        }
    }

    private func wait(for steps: RecoverySteps) async {
        guard await !steps.wait(seconds: Self.driverGrace) else { return }
        logger.warning("drivers are still undoing what an earlier daemon left half done: the daemon serves meanwhile")
    }
}

extension Recovery {
    /// After a recovery: what drivers have and the database does not know. Volumes of running containers are mounted
    /// once more, as drivers may have lost who uses them.
    private func recoverFromDrivers() async {
        guard (try? database.wasRecovered()) == true else { return }
        await volumes.takeInFromDrivers()
        for entry in containers.all where entry.process != nil { await volumes.remount(entry.record) }
        do { try database.confirmRecovery() } catch { logger.warning("\(error)") }
    }
}
