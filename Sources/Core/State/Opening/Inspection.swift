import GRDB
import Glibc

/// A look at a database's file before anything is done with it: over a connection that only reads. A transaction that was
/// cut off before the database had its log, at the very first start, is undone, which is to read what was there before.
struct Inspection {
    /// There is no file, or nothing in it.
    var isEmpty = true
    var isMissing = true
    /// The daemon's; nil when it has none.
    var id: String?
    var run: String?
    /// `berthd --recover` has filled it, and no daemon has served with it since.
    var isRecovering = false
    /// What a newer program has written: "it", when it has changed the schema, or a row. Nil when there is no such thing.
    var newer: String?

    /// Of a file that is not there.
    static let nothing = Inspection()

    private init() {}

    /// - Parameter isCopy: the file may have been copied while it was written to.
    /// - Throws: what SQLite says of a file that it cannot read, or that is damaged.
    init(path: String, isCopy: Bool) throws {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: String(cString: strerror(errno)))
        }
        isMissing = false
        // No page is smaller. SQLite takes such a file for a new database.
        guard status.st_size > 0 else { return }
        do {
            try look(path, isCopy: isCopy, readonly: true)
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_READONLY_ROLLBACK {
            try look(path, isCopy: isCopy, readonly: false)
        }
    }

    private mutating func look(_ path: String, isCopy: Bool, readonly: Bool) throws {
        var configuration = Database.configuration
        configuration.readonly = readonly
        let connection = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? connection.close() }
        try connection.read { db in
            try Self.check(db, isCopy: isCopy)
            newer = try Schema.migrator.hasBeenSuperseded(db) ? "it" : nil
            guard newer == nil, try db.tableExists("meta") else { return }
            newer = try NewerForm.row(db)
            id = try Meta.get(Meta.id, db)
            run = try Meta.get(Meta.run, db)
            isRecovering = try Meta.get(Meta.recovered, db) != nil
            isEmpty = id == nil
        }
    }

    /// A damaged page that nobody reads at first would end the daemon when half of the world is swept. A millisecond for
    /// 300 containers.
    private static func check(_ db: GRDB.Database, isCopy: Bool) throws {
        let found = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)")
        if let found, found != "ok" {
            let line = found.split(separator: "\n").joined(separator: ": ")
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: line)
        }
        if isCopy, try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") != nil {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "rows refer to others that are not there")
        }
    }
}
