import GRDB
import Model

/// SQLite's errors in words that name the file, the operation and the cause.
enum DatabaseFailure {
    static func opening(_ path: String, _ error: any Error) -> BerthError {
        if let error = error as? BerthError { return error }
        return .system("open database `\(path)`: \(cause(of: error))\(advice(for: error))")
    }

    /// - Parameter operation: "read" or "write".
    static func using(_ operation: String, _ path: String, _ error: DatabaseError) -> BerthError {
        switch error.resultCode {
        // The file's name helps nobody who is told this in answer to a request.
        case .SQLITE_FULL: .system("\(operation) database: no space left on device")
        case .SQLITE_CONSTRAINT: .conflict("\(operation) database: \(error.message ?? "constraint failed")")
        default: .system("\(operation) database `\(path)`: \(cause(of: error))")
        }
    }

    static func cause(of error: any Error) -> String {
        guard let error = error as? DatabaseError else { return "\(error)" }
        let said = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED: return "another process has it locked (\(said))"
        case .SQLITE_READONLY, .SQLITE_PERM: return "it cannot be written to (\(said))"
        case .SQLITE_CORRUPT: return "it is damaged (\(said))"
        case .SQLITE_NOTADB: return "it is no database, or damaged (\(said))"
        case .SQLITE_FULL: return "no space left on device"
        case .SQLITE_IOERR: return "input or output error (\(said))"
        default: return said
        }
    }

    /// The file itself is beyond use, and not only out of reach.
    static func isDamage(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        return [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    }

    private static func advice(for error: any Error) -> String {
        isDamage(error) ? ". Nothing was touched. \(DataRoot.advice)" : ""
    }
}
