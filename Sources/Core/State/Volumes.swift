import Foundation
import GRDB
import Model

extension Database {
    /// Writes a volume that its driver is about to make. It takes the place of one that is not ready: what is left of a
    /// removal that its driver refused.
    /// - Throws: `BerthError.conflict` when the name is taken.
    public func insert(_ volume: VolumeRecord, ready: Bool) async throws {
        try await write([.volume(volume.name)]) { db in
            try db.execute(sql: "DELETE FROM volumes WHERE name = ? AND ready = 0", arguments: [volume.name])
            try db.execute(
                sql: "INSERT INTO volumes (name, ready, record) VALUES (?, ?, ?)",
                arguments: [volume.name, ready, Coding.encode(volume)])
        }
    }

    public func update(_ volume: VolumeRecord, ready: Bool) async throws {
        try await write([.volume(volume.name)]) { [keeper] db in
            if !ready { try keeper.forget(.volume(volume.name)) }
            try db.execute(
                sql: "UPDATE volumes SET ready = ?, record = ? WHERE name = ?",
                arguments: [ready, Coding.encode(volume), volume.name])
        }
    }

    public func deleteVolume(name: String) async throws {
        try await write([.volume(name)]) { [keeper] db in
            try keeper.forget(.volume(name))
            try db.execute(sql: "DELETE FROM volumes WHERE name = ?", arguments: [name])
        }
    }

    /// Deletes the row of a volume that is not there: being made, or gone.
    public func deleteUnreadyVolume(name: String) async throws {
        try await write([.volume(name)]) { [keeper] db in
            try keeper.forget(.volume(name))
            try db.execute(sql: "DELETE FROM volumes WHERE name = ? AND ready = 0", arguments: [name])
        }
    }

    public func allVolumes() throws -> StoredRows<(record: VolumeRecord, ready: Bool)> {
        try read { db in
            try StoredRows("SELECT name AS id, ready, record FROM volumes", table: "volumes", db) {
                (
                    try $0.json(VolumeRecord.self, "record", table: "volumes"),
                    try $0.value(Bool.self, "ready", table: "volumes")
                )
            }
        }
    }
}
