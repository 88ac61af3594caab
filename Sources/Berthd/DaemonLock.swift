import ArgumentParser
import Foundation
import Glibc

/// One daemon for one data root and one exec root, each by a lock on a file there, and the pid file.
struct DaemonLock {
    private let locks: [FileLock]
    private let pidfile: String?

    /// - Throws: `ValidationError` when another daemon has one of the roots.
    init(settings: DaemonSettings) throws {
        pidfile = settings.pidfile
        var locks: [FileLock] = []
        do {
            locks.append(try Self.lock("data root", settings.engine.dataRoot, "berthd.lock"))
            locks.append(try Self.lock("exec root", settings.engine.execRoot, "berthd-exec.lock"))
            if let pidfile {
                try Self.write("\(getpid())\n", pidfile)
            }
        } catch {
            for lock in locks { lock.release() }
            throw error
        }
        self.locks = locks
    }

    private static func lock(_ what: String, _ root: String, _ name: String) throws -> FileLock {
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        return try FileLock(path: root + "/" + name, held: "\(what) \(root): another berthd uses it")
    }

    /// Everybody may read it, as of other daemons.
    private static func write(_ text: String, _ pidfile: String) throws {
        let new = pidfile + ".new"
        unlink(new)
        let file = open(new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        let isWritten =
            file >= 0 && fchmod(file, 0o644) == 0 && Glibc.write(file, text, text.utf8.count) == text.utf8.count
        var cause = errno
        if file >= 0 { close(file) }
        if isWritten {
            if rename(new, pidfile) == 0 { return }
            cause = errno
        }
        unlink(new)
        throw ValidationError("write pid file `\(pidfile)`: \(String(cString: strerror(cause)))")
    }

    func release() {
        if let pidfile { unlink(pidfile) }
        for lock in locks { lock.release() }
    }
}
