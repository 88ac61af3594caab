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
        guard let content = try OwnFile.read(path) else { return nil }
        do {
            return try JSONDecoder().decode(Form<Mark>.self, from: content).value
        } catch let error as DecodingError {
            throw BerthError.system(
                "read `\(path)`: \(Coding.cause(of: error)). Nothing was touched. \(DataRoot.advice)")
        } catch let error as NewerForm {
            throw BerthError.system("read `\(path)`: \(error)")
        }
    }

    /// Writes it to disk before it returns.
    /// - Throws: `BerthError` naming the file.
    func write(_ dataRoot: String) throws {
        let path = Self.path(dataRoot)
        if try OwnFile.write(try KeptContent.encode(self), path, by: path + ".new", toDisk: true) { return }
        errno = ENOENT
        throw OwnFile.failure("write", path)
    }

    /// Whether the database's file is the one that was marked.
    func marks(_ status: stat) -> Bool { device == UInt64(status.st_dev) && inode == UInt64(status.st_ino) }
}
