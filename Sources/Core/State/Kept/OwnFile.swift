import Foundation
import Glibc
import Model

/// A small file that the daemon keeps for itself. What else may stand in its place, a pipe, a device or a file without an
/// end, is an error and is never waited for. Blocking.
enum OwnFile {
    /// Bytes; far beyond what is ever written.
    static let largest = 64 << 20

    /// - Returns: nil when there is none.
    /// - Throws: `BerthError` naming the file and the cause.
    static func read(_ path: String) throws -> Data? {
        let file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { Glibc.close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw BerthError.system("read `\(path)`: it is not a regular file")
        }
        guard status.st_size <= largest else {
            throw BerthError.system("read `\(path)`: it is larger than \(largest) bytes")
        }
        var content = Data(count: Int(status.st_size))
        var length = 0
        while length < content.count {
            let count = content.withUnsafeMutableBytes {
                Glibc.read(file, $0.baseAddress?.advanced(by: length), $0.count - length)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { break }
            length += count
        }
        return content.prefix(length)
    }

    /// Writes it whole or not at all, for root's eyes alone.
    /// - Parameters:
    ///   - new: where it is written first, beside `path`.
    ///   - toDisk: whether it is on disk when this returns.
    /// - Returns: false when there is no directory for it.
    /// - Throws: `BerthError` naming the file and the cause.
    static func write(_ content: Data, _ path: String, by new: String, toDisk: Bool) throws -> Bool {
        let file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else {
            if errno == ENOENT { return false }
            throw failure("write", path)
        }
        let written = content.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
        if written >= 0, written < content.count { errno = ENOSPC }
        var isDone = written == content.count && (!toDisk || fsync(file) == 0)
        var cause = errno
        Glibc.close(file)
        if isDone {
            isDone = rename(new, path) == 0
            cause = errno
        }
        guard isDone else {
            unlink(new)
            errno = cause
            throw failure("write", path)
        }
        return true
    }

    static func failure(_ operation: String, _ path: String) -> BerthError {
        .system("\(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
