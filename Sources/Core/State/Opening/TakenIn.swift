import Foundation
import GRDB
import Model

/// What the disk has and the database did not know.
public struct TakenIn: Sendable {
    public var containers = 0
    public var networks = 0
    public var volumes = 0
    public var images = 0
}

extension Database {
    /// Writes into the database what is kept beside the data and it does not know: it has lost it, since what is removed
    /// goes from the disk first. What a container's folder without a readable configuration has is moved away, and
    /// never deleted.
    /// - Parameter mayBeOld: compares also the containers that it knows, and believes the copy that knows of a later
    ///   start or end.
    /// - Throws: `BerthError`; what has been written till then stays, and is right.
    func takeIn(
        mayBeOld: Bool, hasImage: (String) -> Bool, hasMonitor: (String) -> Bool, log: (String) -> Void
    ) throws -> TakenIn {
        var taken = TakenIn()
        taken.images = try each(kept.allImages(), KeptImage.self, in: "images", log) { key, image in
            guard hasImage(key.name) else {
                // It may be back with its disk.
                log("image \(key.shown) is not in the database, and its content not on disk: left out")
                return nil
            }
            try takeIn(image.record)
            return image.record.tags.first ?? "no name"
        }
        taken.volumes = try each(kept.allVolumes(), KeptVolume.self, in: "volumes", log) { _, volume in
            try takeIn(volume.record)
            return volume.record.driver
        }
        taken.networks = try each(kept.allNetworks(), KeptNetwork.self, in: "networks", log) { key, network in
            if network.record.isReady, let name = try takeIn(network) { return name }
            try kept.remove(key)
            return nil
        }
        taken.containers = try takeInContainers(mayBeOld: mayBeOld, hasMonitor, log)
        return taken
    }

    /// - Parameter take: gives what the log calls it; nil when it was not taken in after all.
    /// - Returns: how many have been taken in.
    private func each<Content: Kept>(
        _ keys: [KeptKey], _ type: Content.Type, in table: String, _ log: (String) -> Void,
        take: (KeptKey, Content) throws -> String?
    ) throws -> Int {
        guard !keys.isEmpty else { return 0 }
        let column = table == "volumes" ? "name" : "id"
        let known = try read { try String.fetchSet($0, sql: "SELECT \(column) FROM \(table)") }
        return try keys.count { key in
            guard !known.contains(key.name) else { return false }
            let content: Content
            do {
                content = try kept.read(type, key)
            } catch {
                log("\(key.kind) \(key.shown) is not in the database, and cannot be taken in: \(error)")
                return false
            }
            guard let name = try take(key, content) else { return false }
            log("\(key.kind) \(key.shown) (\(name)) was not in the database, but is on disk: taken in again")
            return true
        }
    }

    private func takeInContainers(
        mayBeOld: Bool, _ hasMonitor: (String) -> Bool, _ log: (String) -> Void
    ) throws -> Int {
        let keys = kept.allContainers()
        let known = try read { try String.fetchSet($0, sql: "SELECT id FROM containers") }
        var count = 0
        for key in keys {
            let isKnown = known.contains(key.name)
            if isKnown, !mayBeOld { continue }
            var container: KeptContainer
            do {
                container = try kept.read(KeptContainer.self, key)
                guard container.record.id == key.name else {
                    throw BerthError.system("`\(kept.path(of: key))` is another container's")
                }
            } catch {
                guard !isKnown else { continue }
                let place = try SetAside.move("\(kept.containers)/\(key.name)", of: kept.root)
                log(
                    "container \(key.shown) is not in the database, and how it was made is not known (\(error)): its files "
                        + "were moved to `\(place)`")
                continue
            }
            let name = "container \(key.shown) (\(container.record.name))"
            if isKnown {
                guard try isNewer(container) else { continue }
                log("\(name): the database is behind what is on disk: updated")
            } else {
                log("\(name) was not in the database, but is on disk: taken in again")
                count += 1
            }
            // A copy may be a moment behind: whether it really runs, its monitor tells.
            if hasMonitor(key.name), !container.record.state.isRunning { container.record.state.status = .running }
            try takeIn(container)
        }
        return count
    }

    /// Whether a kept copy knows more than the row; an unreadable row knows nothing.
    private func isNewer(_ container: KeptContainer) throws -> Bool {
        let sql = "SELECT id, image_name, phase, record, state FROM containers WHERE id = ?"
        return try read { db in
            guard let row = try Row.fetchOne(db, sql: sql, arguments: [container.record.id]) else { return true }
            guard let stored = try? Self.container(row) else { return true }
            return container.lastTurn > KeptContainer(stored).lastTurn
        }
    }

    /// Puts unreadable rows back from what is kept beside the data.
    /// - Returns: those that it could not.
    public func mend(_ rows: [UnreadableRow], log: (String) -> Void) -> [UnreadableRow] {
        rows.filter { row in
            do {
                switch row.table {
                case "containers": try takeIn(kept.read(KeptContainer.self, .container(row.id)))
                case "networks": _ = try takeIn(kept.read(KeptNetwork.self, .network(row.id)))
                case "volumes": try takeIn(kept.read(KeptVolume.self, .volume(row.id)).record)
                case "images": try takeIn(kept.read(KeptImage.self, .image(row.id)).record)
                case "endpoints": guard try mend(endpoint: row.id) else { return true }
                default: return true
                }
                log("\(row.cause): the row was put back from the copy on disk")
                return false
            } catch {
                return true
            }
        }
    }

    /// From the file of the container that has it.
    /// - Returns: false when that does not know it.
    private func mend(endpoint id: String) throws -> Bool {
        let container = try read { db in
            try String.fetchOne(db, sql: "SELECT container_id FROM endpoints WHERE id = ?", arguments: [id])
        }
        guard let container else { return false }
        let kept = try kept.read(KeptContainer.self, .container(container))
        guard let endpoint = kept.endpoints.first(where: { $0.record.id == id }) else { return false }
        try takeIn(endpoint)
        return true
    }

    /// Has files written for all rows.
    /// - Parameter evenKept: also for those that have one, which may be behind.
    func keepAll(evenKept: Bool) throws {
        let keys: [KeptKey] = try read { db in
            try String.fetchAll(db, sql: "SELECT id FROM containers").map { .container($0) }
                + String.fetchAll(db, sql: "SELECT id FROM networks").map { .network($0) }
                + String.fetchAll(db, sql: "SELECT name FROM volumes").map { .volume($0) }
                + String.fetchAll(db, sql: "SELECT id FROM images").map { .image($0) }
        }
        keeper.changed(evenKept ? keys : keys.filter { !FileManager.default.fileExists(atPath: kept.path(of: $0)) })
    }
}
