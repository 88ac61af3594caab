import Foundation
import GRDB
import Model

/// Writing what is kept beside the data over what the database has of it, if anything.
extension Database {
    /// Tags that another image has by now are its own.
    public func takeIn(_ image: ImageRecord) throws {
        try writeBlocking([.image(image.id)]) { db in
            try db.execute(
                sql: """
                    INSERT INTO images (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record
                    """,
                arguments: [image.id, Coding.encode(image)])
            for tag in image.tags {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO image_tags (name, image_id) VALUES (?, ?)", arguments: [tag, image.id])
            }
        }
    }

    func takeIn(_ volume: VolumeRecord) throws {
        try writeBlocking([.volume(volume.name)]) { db in
            try db.execute(
                sql: """
                    INSERT INTO volumes (name, ready, record) VALUES (?, 1, ?)
                        ON CONFLICT (name) DO UPDATE SET ready = 1, record = excluded.record
                    """, arguments: [volume.name, Coding.encode(volume)])
        }
    }

    /// - Returns: the name that it has now; nil for one of the engine's own networks, when there is another of its name.
    func takeIn(_ network: KeptNetwork) throws -> String? {
        var record = network.record
        return try writeBlocking([.network(record.id)]) { db in
            let name = try Self.freeName(record.name, of: record.id, in: "networks", db)
            guard name == record.name || !record.isPredefined else { return nil }
            record.name = name
            try db.execute(
                sql: """
                    INSERT INTO networks (id, name, record) VALUES (?, ?, ?)
                        ON CONFLICT (id) DO UPDATE SET name = excluded.name, record = excluded.record
                    """, arguments: [record.id, record.name, Coding.encode(record)])
            try Self.insert(network.rows, db)
            return name
        }
    }

    /// Endpoints of networks that are gone are left out, and host ports that another endpoint has.
    func takeIn(_ container: KeptContainer) throws {
        var record = container.record
        try writeBlocking([.container(record.id)]) { db in
            record.name = try Self.freeName(record.name, of: record.id, in: "containers", db)
            try db.execute(
                sql: """
                    INSERT INTO containers (id, name, image_name, phase, record, state) VALUES (?, ?, ?, ?, ?, ?)
                        ON CONFLICT (id) DO UPDATE SET name = excluded.name, image_name = excluded.image_name,
                            phase = excluded.phase, record = excluded.record, state = excluded.state
                    """,
                arguments: [
                    record.id, record.name, container.imageName, container.phase, Coding.encode(record),
                    Coding.encode(record.state),
                ])
            try db.execute(
                sql: """
                    DELETE FROM driver_state WHERE owner IN (SELECT id FROM endpoints WHERE container_id = ?)
                    """, arguments: [record.id])
            try db.execute(sql: "DELETE FROM endpoints WHERE container_id = ?", arguments: [record.id])
            for endpoint in container.endpoints { try Self.insert(endpoint, db) }
        }
    }

    /// In place of the row that there is.
    func takeIn(_ endpoint: KeptContainer.Endpoint) throws {
        try writeBlocking([.container(endpoint.record.containerID)]) { db in
            try db.execute(sql: "DELETE FROM endpoints WHERE id = ?", arguments: [endpoint.record.id])
            try Self.insert(endpoint, db)
        }
    }

    private static func insert(_ endpoint: KeptContainer.Endpoint, _ db: GRDB.Database) throws {
        let record = endpoint.record
        let network = try String.fetchOne(
            db, sql: "SELECT id FROM networks WHERE id = ?", arguments: [record.networkID])
        guard network != nil else { return }
        try db.execute(
            sql: "INSERT OR IGNORE INTO endpoints (id, network_id, container_id, ready, record) VALUES (?, ?, ?, ?, ?)",
            arguments: [record.id, record.networkID, record.containerID, endpoint.isReady, Coding.encode(record)])
        for port in record.ports {
            try db.execute(
                sql: "INSERT OR IGNORE INTO ports (protocol, host_port, host_address, endpoint_id) VALUES (?, ?, ?, ?)",
                arguments: [port.transport, port.hostPort, port.hostAddress, record.id])
        }
        try insert(endpoint.rows, db)
    }

    private static func insert(_ rows: [KeptDriverRow], _ db: GRDB.Database) throws {
        for row in rows {
            try db.execute(
                sql: "INSERT OR REPLACE INTO driver_state (driver, bucket, key, value, owner) VALUES (?, ?, ?, ?, ?)",
                arguments: [row.driver, row.bucket, row.key, row.value, row.owner])
        }
    }

    /// The name, with a part of the ID behind it when another row has it.
    private static func freeName(
        _ name: String, of id: String, in table: String, _ db: GRDB.Database
    ) throws -> String {
        let owner = try String.fetchOne(db, sql: "SELECT id FROM \(table) WHERE name = ?", arguments: [name])
        return owner == nil || owner == id ? name : "\(name)-\(id.prefix(12))"
    }
}

extension KeptKey {
    /// "container", "network", "volume" or "image".
    var kind: String {
        switch self {
        case .container: "container"
        case .network: "network"
        case .volume: "volume"
        case .image: "image"
        }
    }

    /// The ID, or a volume's name.
    var name: String {
        switch self {
        case .container(let name), .network(let name), .volume(let name), .image(let name): name
        }
    }

    /// As messages have it.
    var shown: String {
        switch self {
        case .container(let id), .network(let id): String(id.prefix(12))
        case .volume(let name): name
        case .image(let id): String(id.prefix(19))
        }
    }
}
