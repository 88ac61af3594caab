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
    public static let fileName = "berth.db"

    public let path: String
    let pool: DatabasePool
    let kept: KeptFiles
    let keeper: Keeper
    private let checkpoints: Checkpoints
    /// What is given up where a task that takes things away finds the disk full.
    public let reserve: DiskReserve
    private let log: @Sendable (String) -> Void

    /// Opens the database of a data root, makes the file when it is missing, and brings its schema up to date. Whether
    /// it is the right one is for `DataRoot` to say.
    /// - Parameters:
    ///   - onForgotten: called, on any thread, when a kept file is gone and its row is not yet.
    ///   - log: told, on any thread, what could not be written behind the answers.
    /// - Throws: `BerthError` naming the file and the cause, when it cannot be opened.
    init(
        dataRoot: String, onForgotten: @escaping @Sendable (KeptKey) -> Void, log: @escaping @Sendable (String) -> Void
    ) throws {
        path = "\(dataRoot)/\(Self.fileName)"
        self.log = log
        reserve = DiskReserve(dataRoot: dataRoot)
        let kept = KeptFiles(root: dataRoot)
        do {
            let pool = try DatabasePool(path: path, configuration: Self.configuration)
            try Schema.migrator.migrate(pool)
            self.pool = pool
            self.kept = kept
            keeper = Keeper(files: kept, log: log, onForgotten: onForgotten) { try KeptContent.read($0, from: pool) }
            checkpoints = try Checkpoints(path: path, log: log)
        } catch {
            throw DatabaseFailure.opening(path, error)
        }
    }

    static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            if !db.configuration.readonly { try db.execute(sql: "PRAGMA synchronous = NORMAL") }
            try db.execute(sql: "PRAGMA foreign_keys = ON")
        }
        configuration.label = "berth.state"
        return configuration
    }

    /// Writes what is kept beside the data, writes the log back into the database's file, and closes it.
    public func close() {
        func attempt(_ step: () throws -> Void) {
            do { try step() } catch { log("close database `\(path)`: \(DatabaseFailure.cause(of: error))") }
        }
        // Else the next start looks at all of them.
        if keeper.finish() { attempt(closeRun) }
        attempt(pool.close)
        attempt(checkpoints.close)
    }

    /// Runs one transaction on GRDB's queue.
    /// - Parameter changed: what of the files beside the data the transaction changes; they follow behind.
    func write<T: Sendable>(
        _ changed: [KeptKey], _ body: @escaping @Sendable (GRDB.Database) throws -> T
    ) async throws -> T {
        defer { wrote(changed) }
        do {
            return try await reserve.used(when: Self.mayBeFull) { try await pool.write(body) }
        } catch let error as DatabaseError {
            throw DatabaseFailure.using("write", path, error)
        }
    }

    /// Runs one transaction on the calling thread, which it blocks.
    func writeBlocking<T>(_ changed: [KeptKey], _ body: (GRDB.Database) throws -> T) throws -> T {
        defer { wrote(changed) }
        do {
            return try reserve.used(when: Self.mayBeFull) { try pool.write(body) }
        } catch let error as DatabaseError {
            throw DatabaseFailure.using("write", path, error)
        }
    }

    func read<T>(_ body: (GRDB.Database) throws -> T) throws -> T {
        do {
            return try pool.read(body)
        } catch let error as DatabaseError {
            throw DatabaseFailure.using("read", path, error)
        }
    }

    /// After a transaction, whether it succeeded or not.
    private func wrote(_ changed: [KeptKey]) {
        keeper.changed(changed)
        checkpoints.wrote()
    }

    /// Runs one transaction that takes away, on the calling thread, which it blocks.
    func free<T>(_ body: (GRDB.Database) throws -> T) throws -> T {
        try DiskReserve.freeing { try writeBlocking([], body) }
    }

    /// Besides the error that says so there are those of files that could not be made or lengthened.
    static func mayBeFull(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return error.meansDiskFull }
        return [.SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN].contains(error.resultCode)
    }
}
