import Foundation
import GRDB
import Model

extension Database {
    /// - Throws: `BerthError.conflict` when the name is taken.
    public func insert(_ network: NetworkRecord) async throws {
        try await write([.network(network.id)]) { db in
            try db.execute(
                sql: "INSERT INTO networks (id, name, record) VALUES (?, ?, ?)",
                arguments: [network.id, network.name, Coding.encode(network)])
        }
    }

    public func update(_ network: NetworkRecord) async throws {
        try await write([.network(network.id)]) { db in
            try db.execute(
                sql: "UPDATE networks SET name = ?, record = ? WHERE id = ?",
                arguments: [network.name, Coding.encode(network), network.id])
        }
    }

    public func deleteNetwork(id: String) async throws {
        try await write([.network(id)]) { [keeper] db in
            try keeper.forget(.network(id))
            try db.execute(sql: "DELETE FROM endpoints WHERE network_id = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM driver_state WHERE owner = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM networks WHERE id = ?", arguments: [id])
        }
    }

    public func allNetworks() throws -> StoredRows<NetworkRecord> {
        try read { db in
            try StoredRows("SELECT id, record FROM networks", table: "networks", db) {
                try $0.json(NetworkRecord.self, "record", table: "networks")
            }
        }
    }

    /// Writes an endpoint that is about to be made, with the host ports it takes.
    /// - Throws: `BerthError.conflict` when a port is taken.
    public func insert(_ endpoint: EndpointRecord) async throws {
        try await write([.container(endpoint.containerID)]) { db in
            try db.cachedStatement(
                sql: "INSERT INTO endpoints (id, network_id, container_id, ready, record) VALUES (?, ?, ?, 0, ?)"
            ).execute(arguments: [
                endpoint.id, endpoint.networkID, endpoint.containerID, Coding.encode(endpoint),
            ])
            try Self.insertPorts(of: endpoint, db)
        }
    }

    public func update(_ endpoint: EndpointRecord, ready: Bool) async throws {
        try await write([.container(endpoint.containerID)]) { db in
            try db.cachedStatement(sql: "UPDATE endpoints SET ready = ?, record = ? WHERE id = ?")
                .execute(arguments: [ready, Coding.encode(endpoint), endpoint.id])
        }
    }

    /// Writes an endpoint that is there with the host ports it has now, in place of those it had.
    /// - Throws: `BerthError.conflict` when a port is taken.
    public func updatePorts(of endpoint: EndpointRecord) async throws {
        try await write([.container(endpoint.containerID)]) { db in
            try db.execute(sql: "DELETE FROM ports WHERE endpoint_id = ?", arguments: [endpoint.id])
            try Self.insertPorts(of: endpoint, db)
            try db.execute(
                sql: "UPDATE endpoints SET record = ? WHERE id = ?", arguments: [Coding.encode(endpoint), endpoint.id])
        }
    }

    private static func insertPorts(of endpoint: EndpointRecord, _ db: GRDB.Database) throws {
        for port in endpoint.ports {
            try db.cachedStatement(
                sql: "INSERT INTO ports (protocol, host_port, host_address, endpoint_id) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [port.transport, port.hostPort, port.hostAddress, endpoint.id])
        }
    }

    /// Deletes an endpoint, its ports, and what drivers kept for it.
    public func deleteEndpoint(id: String) async throws {
        let container = try await write([]) { db in
            let container = try String.fetchOne(
                db, sql: "SELECT container_id FROM endpoints WHERE id = ?", arguments: [id])
            try db.cachedStatement(sql: "DELETE FROM driver_state WHERE owner = ?").execute(arguments: [id])
            try db.cachedStatement(sql: "DELETE FROM endpoints WHERE id = ?").execute(arguments: [id])
            return container
        }
        if let container { keeper.changed([.container(container)]) }
    }

    /// All endpoints; one that is not ready was being made or removed.
    public func allEndpoints() throws -> StoredRows<(record: EndpointRecord, isReady: Bool)> {
        try read { db in
            try StoredRows("SELECT id, ready, record FROM endpoints", table: "endpoints", db) {
                (
                    try $0.json(EndpointRecord.self, "record", table: "endpoints"),
                    try $0.value(Bool.self, "ready", table: "endpoints")
                )
            }
        }
    }
}
