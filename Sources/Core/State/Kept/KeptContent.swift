import Foundation
import GRDB
import Model

/// What a kept file says now, from the database's rows.
enum KeptContent {
    /// - Returns: nil when there is no such row, or none that is worth a file.
    static func read(_ key: KeptKey, from pool: DatabasePool) throws -> Data? {
        try pool.read { db in
            switch key {
            case .container(let id): try container(id, db)
            case .network(let id):
                try one("SELECT id, record FROM networks WHERE id = ?", id, db).map { row in
                    let record = try row.json(NetworkRecord.self, "record", table: "networks")
                    return try encode(KeptNetwork(record: record, rows: driverRows(of: id, db)))
                }
            case .volume(let name):
                try one("SELECT name AS id, ready, record FROM volumes WHERE name = ? AND ready", name, db).map { row in
                    try encode(KeptVolume(record: row.json(VolumeRecord.self, "record", table: "volumes")))
                }
            case .image(let id):
                try one("SELECT id, record FROM images WHERE id = ?", id, db).map { row in
                    var record = try row.json(ImageRecord.self, "record", table: "images")
                    record.tags = try String.fetchAll(
                        db, sql: "SELECT name FROM image_tags WHERE image_id = ? ORDER BY name", arguments: [id])
                    return try encode(KeptImage(record: record))
                }
            }
        }
    }

    private static func container(_ id: String, _ db: GRDB.Database) throws -> Data? {
        let sql = "SELECT id, image_name, phase, record, state FROM containers WHERE id = ?"
        guard let row = try one(sql, id, db) else { return nil }
        var kept = KeptContainer(try Database.container(row))
        let endpoints = try Row.fetchAll(
            db, sql: "SELECT id, ready, record FROM endpoints WHERE container_id = ?", arguments: [id])
        kept.endpoints = try endpoints.map { row in
            let record = try row.json(EndpointRecord.self, "record", table: "endpoints")
            return KeptContainer.Endpoint(
                isReady: try row.value(Bool.self, "ready", table: "endpoints"), record: record,
                rows: try driverRows(of: record.id, db))
        }
        return try encode(kept)
    }

    static func encode(_ value: some Kept) throws -> Data {
        let encoder = JSONEncoder()
        // The same content gives the same bytes.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(Form(value))
    }

    private static func one(_ sql: String, _ id: String, _ db: GRDB.Database) throws -> Row? {
        try Row.fetchOne(db, sql: sql, arguments: [id])
    }

    private static func driverRows(of owner: String, _ db: GRDB.Database) throws -> [KeptDriverRow] {
        try Row.fetchAll(
            db, sql: "SELECT driver, bucket, key, value, owner FROM driver_state WHERE owner = ? ORDER BY 1, 2, 3",
            arguments: [owner]
        ).map { row in
            KeptDriverRow(
                driver: try row.value(String.self, "driver", table: "driver_state"),
                bucket: try row.value(String.self, "bucket", table: "driver_state"),
                key: try row.value(String.self, "key", table: "driver_state"),
                value: try row.value(Data.self, "value", table: "driver_state"), owner: owner)
        }
    }
}
