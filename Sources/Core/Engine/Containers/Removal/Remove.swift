import Images
import Model
import State

extension RemovalService {
    /// Removes a container, with `force` even a running one.
    /// - Throws: `BerthError.conflict` for a running one without `force`.
    public func remove(_ ref: String, force: Bool, removeVolumes: Bool, removeLink: Bool) async throws {
        let entry = try containers.find(ref)
        if removeLink {
            throw BerthError.notImplemented("removing a link")
        }
        try await remove(entry, force: force, removeVolumes: removeVolumes, reference: ref)
    }

    func remove(_ entry: ContainerEntry, force: Bool, removeVolumes: Bool, reference: String) async throws {
        try await DiskReserve.freeing {
            try await self.removeFreeing(entry, force: force, removeVolumes: removeVolumes, reference: reference)
        }
    }

    private func removeFreeing(
        _ entry: ContainerEntry, force: Bool, removeVolumes: Bool, reference: String
    ) async throws {
        try await entry.lock.withLock {
            if entry.body.withLock({ $0.isRemoved }) {
                throw BerthError.notFound("No such container: \(reference)")
            }
            let state = entry.record.state
            if state.isRunning || state.status == .starting {
                guard force else {
                    let what =
                        state.status == .paused
                        ? "container is paused and must be unpaused first"
                        : "container is running: stop the container before removing or force remove"
                    throw BerthError.conflict("cannot remove container \"/\(entry.record.name)\": \(what)")
                }
                try await self.lifecycle.killAndFinish(entry)
            }
            try await self.removeStopped(entry, removeVolumes: removeVolumes)
        }
    }

    /// With the container's lock held and its process gone. Once its beginning is written down a removal is finished in
    /// any case: what cannot be done now is owed.
    func removeStopped(_ entry: ContainerEntry, removeVolumes: Bool) async throws {
        let former = entry.beginRemoval()
        let record = entry.record
        do {
            try await markRemoval(of: entry.id, phase: removeVolumes ? .removingWithVolumes : .removing)
        } catch {
            entry.cancelRemoval(former)
            throw error
        }
        CrashPoint.pass(.removeMarked)
        await disposal.discard(paths.container(entry.id).kept)
        CrashPoint.pass(.removeLayer)
        let volumes = removeVolumes ? record.mounts.filter { $0.kind == .volume && $0.isAnonymous }.map(\.name) : []
        let finish: @Sendable () async throws -> Void = {
            try await self.finishRemoval(of: record, volumes: volumes)
        }
        do {
            try await DiskReserve.freeing(finish)
        } catch {
            let key = "container \(entry.id.prefix(12)): forget it"
            // Volumes have drivers, which may take their time.
            if volumes.isEmpty {
                owed.owe(key, after: error, finish)
            } else {
                owed.oweBehind(key, of: OwedWork.name(record.name), after: error, finish)
            }
        }
        CrashPoint.pass(.removeWritten)
        forget(entry, record)
        await images.dropContent(ofRemovedImage: record.imageID)
    }

    /// Writes down that a container is being removed. On a disk so full that not even that can be written, its tree's name
    /// in the trash says so, and what is in the tree makes room.
    private func markRemoval(of id: String, phase: StoredContainer.Phase) async throws {
        do {
            try await database.mark(container: id, phase: phase)
        } catch  where error.meansDiskFull {
            let (trash, kept) = (disposal.trash, paths.container(id).kept)
            let name = TrashedContainer(id: id, phase: phase).name
            try await database.reserve.used { try await blocking.run { try trash.discard(kept, keeping: name) } }
            CrashPoint.pass(.removeTrashed)
        }
    }

    /// The rest of a removal; may be done again.
    private func finishRemoval(of record: ContainerRecord, volumes: [String]) async throws {
        for volume in volumes { try await self.volumes.drop(volume, user: record.id) }
        CrashPoint.pass(.removeVolumes)
        try await database.deleteContainer(id: record.id)
        CrashPoint.pass(.removeRowGone)
        let trash = disposal.trash
        try await blocking.run {
            for phase in [StoredContainer.Phase.removing, .removingWithVolumes] {
                try trash.release(TrashedContainer(id: record.id, phase: phase).name)
            }
        }
    }

    /// Takes a removed container out of memory, and answers those who waited for it.
    private func forget(_ entry: ContainerEntry, _ record: ContainerRecord) {
        containers.remove(entry, name: record.name)
        for attach in entry.remove() { attach.cancel() }
        execs.forgetAll(of: entry.id)
        events.publish("destroy", of: entry)
        entry.wake([.removed, .nextExit, .notRunning], statusCode: record.state.exitCode)
    }

    /// Removes all containers that do not run.
    public func prune(filters: Filters) async throws -> PruneResult {
        let filter = try PruneFilter(filters)
        var result = PruneResult(removed: [])
        for entry in containers.all {
            let record = entry.record
            guard !record.state.isRunning, record.state.status != .starting, record.state.status != .removing else {
                continue
            }
            guard filter.takes(created: record.created, labels: record.config.labels) else { continue }
            let layer = ContainerLayer(root: paths.container(entry.id).kept)
            let size = try await blocking.runLong { layer.size() }
            do {
                try await remove(entry, force: false, removeVolumes: false, reference: entry.id)
            } catch let error as BerthError where error.code == .conflict || error.code == .notFound {
                continue
            }
            result.removed.append(entry.id)
            result.spaceReclaimed = result.spaceReclaimed.addingSaturated(size)
        }
        events.publishPrune(of: .container, reclaimed: result.spaceReclaimed)
        return result
    }
}
