import Foundation
import GRDB
import Glibc
import Model

/// A data root's database, with what was found beside it.
public struct OpenedDataRoot: Sendable {
    public let database: Database
    /// The daemon's ID, which names what it has in the kernel.
    public let id: String
    public let taken: TakenIn
    /// The database may not know all that the disk has.
    public let mayBeOld: Bool
}

/// Opens the database of a data root, once it is certain to be the one of what else is there: what a database does not
/// know is removed by a daemon's start, so that a lost one would cost all containers and images.
public struct DataRoot: Sendable {
    static let advice =
        "Put the right file back, with the `berth.db-wal` that belongs to it, or run `berthd --recover` with the same "
        + "options: it makes the database anew from what is on disk."

    /// Absolute.
    let root: String
    /// How many images' content is there.
    let imageCount: Int
    /// Whether the content of an image is there.
    let hasImage: @Sendable (String) -> Bool
    /// Whether something stands where a container's monitor would be spoken to.
    let hasMonitor: @Sendable (String) -> Bool
    /// Makes the ID of a daemon that has none yet.
    let newID: @Sendable () -> String
    /// Called, on any thread, when a kept file is gone and its row is not yet.
    let onForgotten: @Sendable (KeptKey) -> Void
    /// Told, on any thread, what is out of the ordinary.
    let log: @Sendable (String) -> Void

    private var path: String { "\(root)/\(Database.fileName)" }

    public init(
        _ root: String, imageCount: Int, hasImage: @escaping @Sendable (String) -> Bool,
        hasMonitor: @escaping @Sendable (String) -> Bool, newID: @escaping @Sendable () -> String,
        onForgotten: @escaping @Sendable (KeptKey) -> Void = { _ in },
        log: @escaping @Sendable (String) -> Void
    ) {
        self.root = root
        self.imageCount = imageCount
        self.hasImage = hasImage
        self.hasMonitor = hasMonitor
        self.newID = newID
        self.onForgotten = onForgotten
        self.log = log
    }

    /// - Throws: `BerthError` naming the file and the cause; then nothing has been touched.
    public func open() throws -> OpenedDataRoot {
        let mark = try Mark.read(root)
        var status = stat()
        let isCopy = mark.map { mark in stat(path, &status) == 0 && !mark.marks(status) } ?? false
        let found: Inspection
        do {
            found = try Inspection(path: path, isCopy: isCopy)
        } catch {
            guard isCopy, DatabaseFailure.isDamage(error) else { throw DatabaseFailure.opening(path, error) }
            log(
                "database `\(path)`: \(DatabaseFailure.cause(of: error)). The data root is a copy, taken while a daemon "
                    + "wrote to it: making the database anew from what else is there")
            return try rebuild()
        }
        try check(found, mark)
        // Earlier versions marked nothing.
        let mayBeOld = !found.isEmpty && (mark == nil || isCopy || isOlder(found, mark) || found.isRecovering)
        return try finish(found, mark, mayBeOld: mayBeOld)
    }

    /// Opens the database for `berthd --recover`: one that cannot be used is moved away, and what the disk has and it does
    /// not know is taken in.
    /// - Throws: `BerthError`, for a database of a newer program too.
    public func rebuild() throws -> OpenedDataRoot {
        // What cannot be read is written anew.
        let mark = try? Mark.read(root)
        var found = Inspection.nothing
        do {
            let look = try Inspection(path: path, isCopy: true)
            if let what = look.newer { throw newer(what) }
            if !look.isEmpty {
                if let mark, look.id != mark.id {
                    log("database `\(path)` belongs to another data root")
                } else {
                    found = look
                }
            }
        } catch {
            guard DatabaseFailure.isDamage(error) else { throw DatabaseFailure.opening(path, error) }
            log("database `\(path)`: \(DatabaseFailure.cause(of: error))")
        }
        if found.isEmpty { try SetAside.moveDatabase(root, log: log) }
        return try finish(found, mark, mayBeOld: true, isRecovering: true)
    }

    private func check(_ found: Inspection, _ mark: Mark?) throws {
        if let what = found.newer { throw newer(what) }
        if found.isEmpty {
            let holdings = Holdings(KeptFiles(root: root), imageCount: imageCount)
            guard !holdings.isEmpty else { return }
            throw refusal(
                "it is \(found.isMissing ? "missing" : "empty"), but the data root holds \(holdings.text), all of which a "
                    + "new database would not know")
        }
        if let mark, let id = found.id, id != mark.id {
            throw refusal("it is of another data root: its ID is \(id.prefix(12)), this one's \(mark.id.prefix(12))")
        }
    }

    private func newer(_ what: String) -> BerthError {
        .system(
            "open database `\(path)`: a newer version of berthd has changed \(what), which this one cannot read. Nothing was "
                + "touched. Use that version")
    }

    /// - Throws: `BerthError` naming the first kept file that a newer version has written.
    private func checkKept() throws {
        let kept = KeptFiles(root: root)
        func check<Content: Kept>(_ keys: [KeptKey], _ type: Content.Type) throws {
            for key in keys {
                // What else may be wrong with one is said when it is needed.
                do { try kept.checkForm(type, key) } catch let error as NewerForm {
                    throw BerthError.system(
                        "read `\(kept.path(of: key))`: \(error). Nothing was touched. Use that version")
                } catch {}
            }
        }
        try check(kept.allContainers(), KeptContainer.self)
        try check(kept.allNetworks(), KeptNetwork.self)
        try check(kept.allVolumes(), KeptVolume.self)
        try check(kept.allImages(), KeptImage.self)
    }

    private func refusal(_ cause: String) -> BerthError {
        .system("open database `\(path)`: \(cause). Nothing was touched. \(Self.advice)")
    }

    /// Whether the database is, for all that is known, a copy of an earlier time, or lacks what its log had.
    private func isOlder(_ found: Inspection, _ mark: Mark?) -> Bool {
        if let mark, Meta.runNumber(found.run) < mark.run { return true }
        var status = stat()
        return Meta.isOpen(found.run) && (stat(path + "-wal", &status) != 0 || status.st_size == 0)
    }

    private func finish(
        _ found: Inspection, _ mark: Mark?, mayBeOld: Bool, isRecovering: Bool = false
    ) throws -> OpenedDataRoot {
        if mayBeOld || isRecovering { try checkKept() }
        let database = try Database(dataRoot: root, onForgotten: onForgotten, log: log)
        if mayBeOld, !found.isEmpty, mark != nil {
            log("database `\(path)` may be older than what is beside it: comparing")
        }
        do {
            try database.kept.makeDirectories()
            // First: a recovery that is interrupted is gone on with.
            if isRecovering { try database.writeBlocking([]) { try Meta.set(Meta.recovered, "yes", $0) } }
            let id = try database.identify { mark?.id ?? newID() }
            let run = try database.openRun(after: mark?.run ?? 0)
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw BerthError.system("stat `\(path)`: \(String(cString: strerror(errno)))")
            }
            // On a full disk the old mark does: it is behind the database at most.
            let new = Mark(id: id, run: run, device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
            do { try new.write(root) } catch { log("\(error)") }
            let taken = try database.takeIn(mayBeOld: mayBeOld, hasImage: hasImage, hasMonitor: hasMonitor, log: log)
            try database.keepAll(evenKept: mayBeOld || Meta.isOpen(found.run))
            return OpenedDataRoot(database: database, id: id, taken: taken, mayBeOld: mayBeOld)
        } catch {
            database.close()
            throw error
        }
    }
}

/// What a data root has that a new database would not know.
private struct Holdings {
    var containers: Int
    var images: Int
    var volumes: Int
    var networks: Int

    init(_ files: KeptFiles, imageCount: Int) {
        containers = files.allContainers().count
        images = imageCount
        volumes = files.allVolumes().count
        networks =
            files.allNetworks().filter {
                (try? files.read(KeptNetwork.self, $0).record.isPredefined) != true
            }.count
    }

    var isEmpty: Bool { containers + images + volumes + networks == 0 }

    /// "2 containers and 1 image"
    var text: String {
        let parts = [
            (containers, "container"), (images, "image"), (volumes, "volume"), (networks, "network"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        return parts.count < 2
            ? parts.joined() : parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "")
    }
}
