import Foundation
import Glibc
import Model

/// The file `engine.json` beside the database: whose data this is. A database that says otherwise is another's.
struct Mark: Codable, Equatable, Sendable {
    /// The daemon's, as in the database.
    var id: String
    /// How often the database has been opened.
    var run = 0
    /// The database's file: another one stands for a copy, which may have been taken while it was written to.
    var device: UInt64 = 0
    var inode: UInt64 = 0

    private static func path(_ dataRoot: String) -> String { dataRoot + "/engine.json" }

    /// - Returns: nil when there is none.
    /// - Throws: `BerthError` naming the file, when it cannot be read or understood.
    static func read(_ dataRoot: String) throws -> Mark? {
        let path = path(dataRoot)
        do {
            return try JSONDecoder().decode(Form<Mark>.self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
                .value
        } catch let error as DecodingError {
            throw BerthError.system(
                "read `\(path)`: \(Coding.cause(of: error)). Nothing was touched. \(DataRoot.advice)")
        } catch {
            guard access(path, F_OK) == 0 else { return nil }
            throw BerthError.system("read `\(path)`: \(error.localizedDescription)")
        }
    }

    /// Writes it to disk before it returns.
    /// - Throws: `BerthError` naming the file.
    func write(_ dataRoot: String) throws {
        let path = Self.path(dataRoot)
        let new = path + ".new"
        let content = try KeptContent.encode(self)
        let file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure(path) }
        defer { Glibc.close(file) }
        let written = content.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        if written >= 0, written < content.count { errno = ENOSPC }
        guard written == content.count, fsync(file) == 0, rename(new, path) == 0 else {
            let cause = errno
            unlink(new)
            errno = cause
            throw Self.failure(path)
        }
    }

    /// Whether the database's file is the one that was marked.
    func marks(_ status: stat) -> Bool { device == UInt64(status.st_dev) && inode == UInt64(status.st_ino) }

    private static func failure(_ path: String) -> BerthError {
        .system("write `\(path)`: \(String(cString: strerror(errno)))")
    }
}
