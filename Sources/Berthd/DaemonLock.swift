import ArgumentParser
import Foundation

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
                do {
                    try "\(getpid())\n".write(toFile: pidfile, atomically: true, encoding: .utf8)
                } catch {
                    throw ValidationError("write pid file \(pidfile): \(error.localizedDescription)")
                }
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

    func release() {
        if let pidfile { unlink(pidfile) }
        for lock in locks { lock.release() }
    }
}
