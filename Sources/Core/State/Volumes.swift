import Foundation
import GRDB
import Model

extension Database {
    /// Writes a volume that its driver is about to make. It takes the place of one that is not ready: what is left of a
    /// removal that its driver refused.
    /// - Throws: `BerthError.conflict` when the name is taken.
    public func insert(_ volume: VolumeRecord, ready: Bool) async throws {
        try await write { db in
            try db.execute(sql: "DELETE FROM volumes WHERE name = ? AND ready = 0", arguments: [volume.name])
            try db.execute(
                sql: "INSERT INTO volumes (name, ready, record) VALUES (?, ?, ?)",
                arguments: [volume.name, ready, Coding.encode(volume)])
        }
    }

    public func update(_ volume: VolumeRecord, ready: Bool) async throws {
        try await write { db in
            try db.execute(
                sql: "UPDATE volumes SET ready = ?, record = ? WHERE name = ?",
                arguments: [ready, Coding.encode(volume), volume.name])
        }
    }

    public func deleteVolume(name: String) async throws {
        try await write { db in
            try db.execute(sql: "DELETE FROM volumes WHERE name = ?", arguments: [name])
        }
    }

    public func allVolumes() throws -> [(record: VolumeRecord, ready: Bool)] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT name, ready, record FROM volumes").map {
                (try Coding.decode(VolumeRecord.self, $0["record"], table: "volumes", id: $0["name"]), $0["ready"])
            }
        }
    }
}
