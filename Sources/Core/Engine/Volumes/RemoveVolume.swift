import Model
import PluginProtocol
import Spec
import State

extension VolumeService {
    /// Removes a volume for a client.
    /// - Parameter force: forgets it even when its driver fails, and what an earlier removal has left of it.
    /// - Throws: `BerthError.conflict` with Docker's text for a volume that a container has, `.notFound`.
    public func remove(_ name: String, force: Bool) async throws {
        try await DiskReserve.freeing { try await self.removeFreeing(name, force: force) }
    }

    private func removeFreeing(_ name: String, force: Bool) async throws {
        try await table.locks.withLock(name) {
            guard let record = self.table[name] else {
                if let found = await self.remoteVolume(name) {
                    _ = try await self.drivers.call(.volume, found.driver, .removeVolume, VolumeRequest(name: name))
                    return self.events.publish("destroy", ofVolume: name, driver: found.driver)
                }
                // Nothing can be left of what no volume is called; and its name is a file's.
                guard force else { throw BerthError.notFound("get \(name): no such volume") }
                guard VolumeName.isValid(name) else { return }
                return try await self.deleteRecord(of: name)
            }
            let users = self.usage.users(ofVolume: name)
            guard users.isEmpty else {
                throw BerthError.conflict(
                    "remove \(name): volume is in use - [\(users.sorted().joined(separator: ", "))]")
            }
            try await self.database.update(record, ready: false)
            CrashPoint.pass(.volumeRemoveWritten)
            do {
                _ = try await self.drivers.call(.volume, record.driver, .removeVolume, VolumeRequest(name: name))
            } catch {
                guard force else {
                    await self.keepVolume(record)
                    throw error
                }
                self.logger.warning("remove volume \(name): \(error)")
            }
            CrashPoint.pass(.volumeRemoveMade)
            self.forget(record)
            await self.forgetRecord(of: name)
        }
    }

    /// Writes down that a volume stays after all. With the volume's lock held.
    private func keepVolume(_ record: VolumeRecord) async {
        do {
            try await database.update(record, ready: true)
        } catch {
            owed.oweBehind("volume \(record.name): write down that it stays", after: error) {
                try await self.table.locks.withLock(record.name) {
                    guard self.table[record.name] == record else { return }
                    try await self.database.update(record, ready: true)
                }
            }
        }
    }

    /// Removes a volume that goes with its container, unless another container has it. What its driver fails to do is
    /// tried again.
    /// - Parameter user: the container that is going, and does not count.
    /// - Throws: `BerthError` when that could not even be written down: then nothing has happened.
    func drop(_ name: String, user: String) async throws {
        try await table.locks.withLock(name) {
            guard let record = self.table[name], self.usage.users(ofVolume: name).allSatisfy({ $0 == user }) else {
                return
            }
            try await self.database.update(record, ready: false)
            self.forget(record)
            await self.removeForgotten(record)
        }
    }

    /// The same for a volume that was made for a container which is not made after all.
    func dropNew(_ name: String, user: String) async {
        do {
            try await drop(name, user: user)
        } catch {
            owed.oweBehind("remove volume \(name)", after: error) { try await self.drop(name, user: user) }
        }
    }

    /// Ends what was interrupted, or what its driver failed to do: the removal of a volume, or its making.
    /// - Parameter record: one whose row is not ready.
    func finish(_ record: VolumeRecord) async {
        await table.locks.withLock(record.name) {
            // It may have been made again meanwhile.
            guard self.table[record.name] == nil else { return }
            await self.removeForgotten(record)
        }
    }

    /// Removes a volume that is not in memory: its row, which is not ready, goes when the driver has nothing of it any
    /// more. With the volume's lock held.
    func removeForgotten(_ record: VolumeRecord) async {
        do {
            try await removeAtDriver(record)
        } catch {
            table.setAbandoned(record.name, true)
            owed.oweBehind("remove volume \(record.name)", tries: 20, after: error) {
                try await self.table.locks.withLock(record.name) {
                    guard self.table[record.name] == nil else { return }
                    try await self.removeAtDriver(record)
                }
            }
        }
    }

    /// Has its driver remove a volume that is not in memory, and forgets it. With the volume's lock held.
    private func removeAtDriver(_ record: VolumeRecord) async throws {
        do {
            _ = try await drivers.call(.volume, record.driver, .removeVolume, VolumeRequest(name: record.name))
        } catch let error as BerthError where error.code == .notFound && drivers.isKnown(.volume, record.driver) {
            // The driver does not know it: nothing is left to do.
        }
        await forgetRecord(of: record.name)
        table.setAbandoned(record.name, false)
    }

    /// Deletes what the engine itself keeps of a volume that is gone: its row, and how far a copy into it had come. With the
    /// volume's lock held.
    func forgetRecord(of name: String) async {
        let store = store
        _ = try? await blocking.run { try store.forgetFill(of: name) }
        do {
            try await DiskReserve.freeing { try await self.database.deleteUnreadyVolume(name: name) }
        } catch {
            owed.oweBehind("volume \(name): forget it", after: error) {
                try await self.table.locks.withLock(name) {
                    // It may have been made again meanwhile.
                    guard self.table[name] == nil else { return }
                    try await self.database.deleteUnreadyVolume(name: name)
                }
            }
        }
    }

    private func deleteRecord(of name: String) async throws {
        let store = store
        _ = try? await blocking.run { try store.forgetFill(of: name) }
        try await database.deleteVolume(name: name)
    }

    private func forget(_ record: VolumeRecord) {
        table[record.name] = nil
        events.publish("destroy", ofVolume: record.name, driver: record.driver)
    }
}
