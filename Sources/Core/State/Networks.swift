import Foundation
import GRDB
import Model

/// One endpoint: a container's place in a network.
public struct EndpointRecord: Codable, Sendable, Equatable {
    public var id: String
    public var networkID: String
    public var containerID: String
    /// The interface's name inside the sandbox.
    public var interface: String
    public var poolID: String
    /// CIDR; empty until the ipam driver gave it.
    public var address: String
    public var macAddress: String
    public var gateway: String
    public var ports: [PublishedPort]

    public init(id: String, networkID: String, containerID: String) {
        self.id = id
        self.networkID = networkID
        self.containerID = containerID
        self.interface = ""
        self.poolID = ""
        self.address = ""
        self.macAddress = ""
        self.gateway = ""
        self.ports = []
    }
}

/// One published port with its concrete host port.
public struct PublishedPort: Codable, Sendable, Equatable, Hashable {
    /// "tcp", "udp" or "sctp".
    public var transport: String
    public var containerPort: Int
    /// "0.0.0.0" for all.
    public var hostAddress: String
    public var hostPort: Int

    public init(transport: String, containerPort: Int, hostAddress: String, hostPort: Int) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }
}

extension Database {
    /// - Throws: `BerthError.conflict` when the name is taken.
    public func insert(_ network: NetworkRecord) async throws {
        try await write { db in
            try db.execute(
                sql: "INSERT INTO networks (id, name, record) VALUES (?, ?, ?)",
                arguments: [network.id, network.name, Coding.encode(network)])
        }
    }

    public func update(_ network: NetworkRecord) async throws {
        try await write { db in
            try db.execute(
                sql: "UPDATE networks SET name = ?, record = ? WHERE id = ?",
                arguments: [network.name, Coding.encode(network), network.id])
        }
    }

    public func deleteNetwork(id: String) async throws {
        try await write { db in
            try db.execute(sql: "DELETE FROM endpoints WHERE network_id = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM driver_state WHERE owner = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM networks WHERE id = ?", arguments: [id])
        }
    }

    public func allNetworks() throws -> [NetworkRecord] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT id, record FROM networks").map {
                try Coding.decode(NetworkRecord.self, $0["record"], table: "networks", id: $0["id"])
            }
        }
    }

    /// Writes an endpoint that is about to be made, with the host ports it takes.
    /// - Throws: `BerthError.conflict` when a port is taken.
    public func insert(_ endpoint: EndpointRecord) async throws {
        try await write { db in
            try db.cachedStatement(
                sql: "INSERT INTO endpoints (id, network_id, container_id, ready, record) VALUES (?, ?, ?, 0, ?)"
            ).execute(arguments: [
                endpoint.id, endpoint.networkID, endpoint.containerID, Coding.encode(endpoint),
            ])
            try Self.insertPorts(of: endpoint, db)
        }
    }

    public func update(_ endpoint: EndpointRecord, ready: Bool) async throws {
        try await write { db in
            try db.cachedStatement(sql: "UPDATE endpoints SET ready = ?, record = ? WHERE id = ?")
                .execute(arguments: [ready, Coding.encode(endpoint), endpoint.id])
        }
    }

    /// Writes an endpoint that is there with the host ports it has now, in place of those it had.
    /// - Throws: `BerthError.conflict` when a port is taken.
    public func updatePorts(of endpoint: EndpointRecord) async throws {
        try await write { db in
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
        try await write { db in
            try db.cachedStatement(sql: "DELETE FROM driver_state WHERE owner = ?").execute(arguments: [id])
            try db.cachedStatement(sql: "DELETE FROM endpoints WHERE id = ?").execute(arguments: [id])
        }
    }

    /// All endpoints; one that is not ready was being made or removed.
    public func allEndpoints() throws -> [(record: EndpointRecord, isReady: Bool)] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT id, ready, record FROM endpoints").map {
                (try Coding.decode(EndpointRecord.self, $0["record"], table: "endpoints", id: $0["id"]), $0["ready"])
            }
        }
    }
}
