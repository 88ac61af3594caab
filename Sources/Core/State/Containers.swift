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
    /// - Throws: `BerthError.conflict` when the name or ID is taken.
    public func insert(_ container: StoredContainer) async throws {
        try await write { db in
            try db.cachedStatement(
                sql: "INSERT INTO containers (id, name, image_name, phase, record, state) VALUES (?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [
                container.record.id, container.record.name, container.imageName, container.phase.rawValue,
                Coding.encode(container.record), Coding.encode(container.record.state),
            ])
        }
    }

    /// Writes everything of a container.
    public func update(_ record: ContainerRecord, phase: StoredContainer.Phase) async throws {
        try await write { db in
            try db.cachedStatement(sql: "UPDATE containers SET name = ?, phase = ?, record = ?, state = ? WHERE id = ?")
                .execute(arguments: [
                    record.name, phase.rawValue, Coding.encode(record), Coding.encode(record.state), record.id,
                ])
        }
    }

    /// Writes only the step that is under way.
    public func mark(container id: String, phase: StoredContainer.Phase) async throws {
        try await write { db in
            try db.cachedStatement(sql: "UPDATE containers SET phase = ? WHERE id = ?")
                .execute(arguments: [phase.rawValue, id])
        }
    }

    public func deleteContainer(id: String) async throws {
        try await write { db in
            try db.cachedStatement(sql: "DELETE FROM containers WHERE id = ?").execute(arguments: [id])
        }
    }

    public func allContainers() throws -> [StoredContainer] {
        try read { db in
            try Row.fetchAll(db, sql: "SELECT id, image_name, phase, record, state FROM containers").map { row in
                let id: String = row["id"]
                var record = try Coding.decode(ContainerRecord.self, row["record"], table: "containers", id: id)
                record.state = try Coding.decode(ContainerState.self, row["state"], table: "containers", id: id)
                return StoredContainer(
                    record: record, imageName: row["image_name"],
                    phase: StoredContainer.Phase(rawValue: row["phase"]) ?? .settled)
            }
        }
    }
}
