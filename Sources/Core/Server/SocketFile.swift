import CLinux
import Glibc
import Model
import Synchronization

/// The file of the daemon's unix socket.
struct SocketFile: Sendable {
    let path: String
    let group: String?

    /// Checks that no other daemon listens there. A socket that nobody listens on any more is replaced when the
    /// server binds.
    /// - Throws: `BerthError` when the path is in use, too long, or its group is unknown.
    func prepare() throws {
        try checkPlace()
        let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard file >= 0 else { throw failure("socket", errno) }
        defer { close(file) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)  // lint: allow unix-address, because it is a path
        guard path.utf8.count < capacity else {
            throw BerthError.invalid("listen on `\(path)`: the path is longer than \(capacity - 1) bytes")
        }
        // An absolute path, as the settings have seen to.
        withUnsafeMutableBytes(of: &address.sun_path) {  // lint: allow unix-address, because it is a path
            $0.copyBytes(from: path.utf8)
        }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result != 0 else {
            throw BerthError.conflict("listen on `\(path)`: the address is already in use by another daemon")
        }
        _ = try groupID()
    }

    /// Only a socket is replaced, never another file.
    private func checkPlace() throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard stat(path, &status) == 0 else { throw failure("listen on", errno) }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw BerthError.conflict("listen on `\(path)`: there is a file that is no socket")
        }
    }

    /// Lets the group connect, too. The daemon's umask has made the socket its owner's alone.
    func admitGroup() throws {
        let file = open(path, BERTH_OPEN_PATH | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw failure("open", errno) }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { throw failure("open", ENOTSOCK) }
        if let id = try groupID(), berth_change_owner(file, uid_t.max, id) != 0 { throw failure("chown", errno) }
        if berth_change_mode(file, 0o660) != 0 { throw failure("chmod", errno) }
    }

    /// Removes the file after the server has closed, unless it is no socket or somebody listens on a new one.
    func remove() {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        guard (try? prepare()) != nil else { return }
        unlink(path)
    }

    private func groupID() throws -> gid_t? {
        guard let group, !group.isEmpty else { return nil }
        if let number = gid_t(group) { return number }
        guard let entry = getgrnam(group) else {
            throw BerthError.invalid("listen on `\(path)`: unknown group `\(group)`")
        }
        return entry.pointee.gr_gid
    }

    func failure(_ operation: String, _ code: CInt) -> BerthError {
        .system("\(operation) `\(path)`: \(String(cString: strerror(code)))")
    }
}

/// Keeps the first error of a callback that cannot throw.
final class FailureBox: Sendable {
    private let error = Mutex<(any Error)?>(nil)

    func set(_ error: any Error) {
        self.error.withLock { $0 = $0 ?? error }
    }

    func rethrow() throws {
        if let error = error.withLock({ $0 }) { throw error }
    }
}
