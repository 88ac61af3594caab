import ArgumentParser
import Glibc

/// One daemon for one network namespace: two would take each other's bridges and packet filter rules away.
///
/// The lock is a file that is named by the namespace's inode, in a folder that only root can enter. A name in the
/// namespace itself (an abstract unix socket) could be taken by anybody in it.
struct NetworkLock {
    private static let held =
        "another berthd runs in this network namespace: the two would remove each other's networks"

    private let lock: FileLock

    /// - Throws: `ValidationError` when another daemon runs in the network namespace.
    init() throws {
        let directory = try LockDirectory.make()
        var status = stat()
        guard stat("/proc/self/ns/net", &status) == 0 else {
            throw ValidationError("look at /proc/self/ns/net: \(String(cString: strerror(errno)))")
        }
        lock = try FileLock(path: "\(directory)/net-\(status.st_ino).lock", held: Self.held)
        if OlderNetworkLock.isHeld() {
            lock.release(removing: true)
            throw ValidationError(Self.held)
        }
    }

    func release() { lock.release(removing: true) }
}
