import GRDB

/// Facts about the installation, in the table `meta`.
enum Meta {
    static let id = "id"
    /// How often the database has been opened, and whether it is open: "12 open", "12 closed".
    static let run = "run"
    /// Set by `berthd --recover` until a daemon has asked the drivers what they still have.
    static let recovered = "recovered"

    static func get(_ key: String, _ db: GRDB.Database) throws -> String? {
        try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
    }

    static func set(_ key: String, _ value: String?, _ db: GRDB.Database) throws {
        if let value {
            try db.execute(sql: "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", arguments: [key, value])
        } else {
            try db.execute(sql: "DELETE FROM meta WHERE key = ?", arguments: [key])
        }
    }

    static func runNumber(_ text: String?) -> Int { text.flatMap { Int($0.prefix { $0 != " " }) } ?? 0 }
    static func isOpen(_ text: String?) -> Bool { text?.hasSuffix(" open") ?? false }
}

extension Database {
    /// Whether `berthd --recover` has filled the database, and no daemon has asked drivers for the rest yet.
    public func wasRecovered() throws -> Bool { try read { try Meta.get(Meta.recovered, $0) != nil } }

    public func confirmRecovery() throws { try writeBlocking([]) { try Meta.set(Meta.recovered, nil, $0) } }

    /// The daemon's ID, made when there is none.
    func identify(_ make: () -> String) throws -> String {
        if let id = try read({ try Meta.get(Meta.id, $0) }) { return id }
        return try writeBlocking([]) { db in
            let id = make()
            try Meta.set(Meta.id, id, db)
            return id
        }
    }

    /// Counts the database as opened. A full disk does not hinder that: the number then stays.
    /// - Parameter last: a number that this one must be above.
    /// - Returns: the number.
    func openRun(after last: Int) throws -> Int {
        do {
            return try pool.write { db in
                let number = max(last, Meta.runNumber(try Meta.get(Meta.run, db))) + 1
                try Meta.set(Meta.run, "\(number) open", db)
                return number
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            return last
        } catch {
            throw DatabaseFailure.opening(path, error)
        }
    }

    func closeRun() throws {
        try pool.write { db in
            try Meta.set(Meta.run, "\(Meta.runNumber(try Meta.get(Meta.run, db))) closed", db)
        }
    }
}
