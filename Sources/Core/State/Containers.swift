import Foundation
import GRDB
import Model

/// A container's row.
public struct StoredContainer: Sendable {
    /// The step that was under way when the row was last written.
    public enum Phase: String, Sendable {
        case settled = ""
        case creating, starting, stopping, removing
        case removingWithVolumes = "removing-with-volumes"
    }

    public var record: ContainerRecord
    public var imageName: String
    public var phase: Phase

    public init(record: ContainerRecord, imageName: String, phase: Phase) {
        self.record = record
        self.imageName = imageName
        self.phase = phase
    }
}

extension Database {
    /// - Throws: `BerthError.conflict` when the name is taken: by a container that is not in memory.
    public func insert(_ container: StoredContainer) async throws {
        let name = container.record.name
        do {
            try await write([.container(container.record.id)]) { db in
                try db.cachedStatement(
                    sql: "INSERT INTO containers (id, name, image_name, phase, record, state) VALUES (?, ?, ?, ?, ?, ?)"
                ).execute(arguments: [
                    container.record.id, name, container.imageName, container.phase.rawValue,
                    Coding.encode(container.record), Coding.encode(container.record.state),
                ])
            }
        } catch let error as BerthError where error.code == .conflict {
            throw BerthError.conflict(
                "Conflict. The container name \"/\(name)\" is already in use by a container that is being removed, or that "
                    + "cannot be read.")
        }
    }

    /// Writes everything of a container.
    public func update(_ record: ContainerRecord, phase: StoredContainer.Phase) async throws {
        try await write([.container(record.id)]) { db in
            try db.cachedStatement(sql: "UPDATE containers SET name = ?, phase = ?, record = ?, state = ? WHERE id = ?")
                .execute(arguments: [
                    record.name, phase.rawValue, Coding.encode(record), Coding.encode(record.state), record.id,
                ])
        }
    }

    /// Writes only the step that is under way.
    public func mark(container id: String, phase: StoredContainer.Phase) async throws {
        try await write([.container(id)]) { db in
            try db.cachedStatement(sql: "UPDATE containers SET phase = ? WHERE id = ?")
                .execute(arguments: [phase.rawValue, id])
        }
    }

    public func deleteContainer(id: String) async throws {
        try await write([.container(id)]) { [keeper] db in
            try keeper.forget(.container(id))
            try db.cachedStatement(sql: "DELETE FROM containers WHERE id = ?").execute(arguments: [id])
        }
    }

    public func allContainers() throws -> StoredRows<StoredContainer> {
        try read { db in
            try StoredRows(
                "SELECT id, image_name, phase, record, state FROM containers", table: "containers", db,
                read: Self.container)
        }
    }

    static func container(_ row: Row) throws -> StoredContainer {
        var record = try row.json(ContainerRecord.self, "record", table: "containers")
        record.state = try row.json(ContainerState.self, "state", table: "containers")
        return StoredContainer(
            record: record, imageName: try row.value(String.self, "image_name", table: "containers"),
            phase: StoredContainer.Phase(rawValue: try row.value(String.self, "phase", table: "containers")) ?? .settled
        )
    }

    /// The file that the container's configuration is kept in beside its layer, for the time until the keeper writes it.
    /// For a folder that has just been made. Blocking.
    /// - Throws: `BerthError` naming the file.
    public func keep(_ container: StoredContainer) throws {
        try keeper.write(KeptContent.encode(KeptContainer(container)), .container(container.record.id))
    }
}
