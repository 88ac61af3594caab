import GRDB
import Model

/// The engine's database: SQLite in WAL mode, one file.
///
/// A change of the world is written here first, then made, then confirmed, so that a restart knows what was half
/// done. `synchronous=NORMAL`: a commit survives the death of the process at once, and a power cut loses at most the
/// last moments but never consistency (https://sqlite.org/wal.html).
///
/// Every method may be called from any thread. The ones without `async` block the calling thread for the time of one
/// transaction; the `async` ones run on GRDB's own queue.
public final class Database: Sendable {
    let pool: DatabasePool

    /// Opens the database, makes the file when it is missing, and brings its schema up to date.
    /// - Throws: `BerthError` naming the file, when it cannot be opened or is newer than this program.
    public init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            try db.execute(sql: "PRAGMA foreign_keys = ON")
        }
        configuration.label = "berth.state"
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try Schema.migrator.migrate(pool)
        } catch {
            throw BerthError.system("open database `\(path)`: \(error)")
        }
    }

    /// Writes the log back into the database file and closes it.
    public func close() {
        try? pool.close()
    }

    /// Runs one transaction on GRDB's queue.
    func write<T: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> T) async throws -> T {
        do {
            return try await pool.write(body)
        } catch let error as DatabaseError {
            throw Self.translated(error)
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> T) throws -> T {
        do {
            return try pool.read(body)
        } catch let error as DatabaseError {
            throw Self.translated(error)
        }
    }

    static func translated(_ error: DatabaseError) -> BerthError {
        switch error.resultCode {
        case .SQLITE_FULL: BerthError.system("write database: no space left on device")
        case .SQLITE_CONSTRAINT: BerthError.conflict("write database: \(error.message ?? "constraint failed")")
        default: BerthError.system("write database: \(error.message ?? error.description)")
        }
    }
}
