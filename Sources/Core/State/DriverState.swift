import Foundation
import GRDB
import Model

/// The key-value rows that drivers keep in the engine's database. Blocking; for threads that may.
extension Database {
    public func driverValue(driver: String, bucket: String, key: String) throws -> [UInt8]? {
        try read { db in
            try Data.fetchOne(
                db, sql: "SELECT value FROM driver_state WHERE driver = ? AND bucket = ? AND key = ?",
                arguments: [driver, bucket, key]
            ).map { [UInt8]($0) }
        }
    }

    /// Writes a row. With `onlyIfAbsent` the primary key decides who was first.
    /// - Returns: false when the row was there already and `onlyIfAbsent` was asked for.
    public func putDriverValue(
        driver: String, bucket: String, key: String, value: [UInt8], owner: String, onlyIfAbsent: Bool
    ) throws -> Bool {
        try writeBlocking([]) { db in
            let verb = onlyIfAbsent ? "INSERT OR IGNORE" : "INSERT OR REPLACE"
            try db.cachedStatement(
                sql: "\(verb) INTO driver_state (driver, bucket, key, value, owner) VALUES (?, ?, ?, ?, ?)"
            ).execute(arguments: [driver, bucket, key, Data(value), owner])
            return db.changesCount > 0
        }
    }

    /// - Returns: false when there was no such row.
    public func deleteDriverValue(driver: String, bucket: String, key: String) throws -> Bool {
        try free { db in
            try db.cachedStatement(sql: "DELETE FROM driver_state WHERE driver = ? AND bucket = ? AND key = ?")
                .execute(arguments: [driver, bucket, key])
            return db.changesCount > 0
        }
    }

    public func driverValues(driver: String, bucket: String) throws -> [(key: String, value: [UInt8], owner: String)] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT key, value, owner FROM driver_state WHERE driver = ? AND bucket = ? ORDER BY key",
                arguments: [driver, bucket]
            ).map {
                (
                    try $0.value(String.self, "key", table: "driver_state"),
                    [UInt8](try $0.value(Data.self, "value", table: "driver_state")),
                    try $0.value(String.self, "owner", table: "driver_state")
                )
            }
        }
    }

    /// Removes the rows whose owner is neither a network nor an endpoint any more.
    /// - Returns: how many.
    public func sweepDriverState() throws -> Int {
        try free { db in
            try db.execute(
                sql: """
                    DELETE FROM driver_state WHERE owner != ''
                        AND owner NOT IN (SELECT id FROM networks) AND owner NOT IN (SELECT id FROM endpoints)
                    """)
            return db.changesCount
        }
    }
}
