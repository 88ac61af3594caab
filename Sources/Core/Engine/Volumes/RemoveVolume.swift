import Model
import PluginProtocol

extension Engine {
    /// Removes a volume for a client.
    /// - Parameter force: forgets it even when its driver fails, and what an earlier removal has left of it.
    /// - Throws: `BerthError.conflict` with Docker's text for a volume that a container has, `.notFound`.
    public func removeVolume(_ name: String, force: Bool) async throws {
        try await volumes.locks.withLock(name) {
            guard let record = self.volumes[name] else {
                if let found = await self.remoteVolume(name) {
                    _ = try await self.call(.volume, found.driver, .removeVolume, VolumeRequest(name: name))
                    return self.bus.publish(.volume, "destroy", name, ["driver": found.driver])
                }
                // Nothing can be left of what no volume is called; and its name is a file's.
                guard force else { throw BerthError.notFound("get \(name): no such volume") }
                guard Self.isVolumeName(name) else { return }
                return try await self.deleteRecord(ofVolume: name)
            }
            let users = self.users(ofVolume: name)
            guard users.isEmpty else {
                throw BerthError.conflict(
                    "remove \(name): volume is in use - [\(users.sorted().joined(separator: ", "))]")
            }
            try await self.database.update(record, ready: false)
            do {
                _ = try await self.call(.volume, record.driver, .removeVolume, VolumeRequest(name: name))
            } catch {
                guard force else {
                    try? await self.database.update(record, ready: true)
                    throw error
                }
                self.logger.warning("remove volume \(name): \(error)")
            }
            try await self.deleteRecord(ofVolume: name)
            self.forget(record)
        }
    }

    /// Removes a volume that goes with its container, unless another container has it. What its driver fails to do is
    /// tried again when the daemon starts.
    /// - Parameter user: the container that is going, and does not count.
    func dropVolume(_ name: String, user: String) async {
        await volumes.locks.withLock(name) {
            guard let record = self.volumes[name], self.users(ofVolume: name).allSatisfy({ $0 == user }) else { return }
            do {
                try await self.database.update(record, ready: false)
            } catch {
                self.logger.warning("remove volume \(name): \(error)")
                return
            }
            self.forget(record)
            await self.removeForgotten(record)
        }
    }

    /// Ends what was interrupted, or what its driver failed to do: the removal of a volume, or its making.
    /// - Parameter record: one whose row is not ready.
    func finishVolume(_ record: VolumeRecord) async {
        await volumes.locks.withLock(record.name) {
            // It may have been made again meanwhile.
            guard self.volumes[record.name] == nil else { return }
            await self.removeForgotten(record)
        }
    }

    /// Removes a volume that is not in memory: its row, which is not ready, goes when the driver has nothing of it any
    /// more. With the volume's lock held.
    func removeForgotten(_ record: VolumeRecord) async {
        do {
            do {
                _ = try await call(.volume, record.driver, .removeVolume, VolumeRequest(name: record.name))
            } catch let error as BerthError where error.code == .notFound && isKnown(record.driver) {
                // The driver does not know it: nothing is left to do.
            }
            try await deleteRecord(ofVolume: record.name)
            volumes.setAbandoned(record.name, false)
        } catch {
            volumes.setAbandoned(record.name, true)
            logger.warning("remove volume \(record.name): \(error); the daemon tries again when it starts")
        }
    }

    /// What the engine itself keeps of a volume: its row, and how far a copy into it had come.
    private func deleteRecord(ofVolume name: String) async throws {
        let store = imageStore
        _ = try? await blocking.run { try store.forgetFill(of: name) }
        try await database.deleteVolume(name: name)
    }

    private func isKnown(_ driver: String) -> Bool { (try? drivers.driver(kind: .volume, name: driver)) != nil }

    private func forget(_ record: VolumeRecord) {
        volumes[record.name] = nil
        bus.publish(.volume, "destroy", record.name, ["driver": record.driver])
    }

    /// The containers that have a volume, also those whose create is under way. One that is being removed needs it no
    /// more: of two that go at once, neither holds it for the other.
    private func users(ofVolume name: String) -> [String] {
        containers.usingRecords.filter { record in
            record.state.status != .removing
                && record.mounts.contains { $0.kind == .volume && $0.name == name }
        }.map(\.id)
    }
}
