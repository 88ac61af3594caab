import ArgumentParser
import Glibc

/// One daemon for one network namespace: two would take each other's bridges and packet filter rules away.
///
/// The lock is a file that is named by the namespace's inode, in a folder that only root can enter. A name in the
/// namespace itself (an abstract unix socket) could be taken by anybody in it.
struct NetworkLock {
    private static let directory = "/run/berth/locks"
    private static let held =
        "another berthd runs in this network namespace: the two would remove each other's networks"

    private let lock: FileLock

    /// - Throws: `ValidationError` when another daemon runs in the network namespace.
    init() throws {
        try Self.makeDirectory()
        var status = stat()
        guard stat("/proc/self/ns/net", &status) == 0 else {
            throw ValidationError("look at /proc/self/ns/net: \(String(cString: strerror(errno)))")
        }
        lock = try FileLock(path: "\(Self.directory)/net-\(status.st_ino).lock", held: Self.held)
        if OlderNetworkLock.isHeld() {
            lock.release(removing: true)
            throw ValidationError(Self.held)
        }
    }

    func release() { lock.release(removing: true) }

    private static func makeDirectory() throws {
        mkdir("/run/berth", 0o711)
        mkdir(directory, 0o700)
        let folder = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { throw ValidationError("open `\(directory)`: \(String(cString: strerror(errno)))") }
        defer { close(folder) }
        var status = stat()
        guard fstat(folder, &status) == 0, status.st_uid == 0, fchmod(folder, 0o700) == 0 else {
            throw ValidationError("`\(directory)` is not root's: nobody else may hold a daemon's locks")
        }
    }
}
