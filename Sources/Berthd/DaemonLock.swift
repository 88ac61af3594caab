import ArgumentParser
import Foundation

/// One daemon for one data root: a lock on a file there, and the pid file.
struct DaemonLock {
    private let descriptor: CInt
    private let pidfile: String?

    /// - Throws: `ValidationError` when another daemon has the data root.
    init(settings: DaemonSettings) throws {
        let root = settings.engine.dataRoot
        try FileManager.default.createDirectory(
            atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
        let path = root + "/berthd.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw ValidationError("open `\(path)`: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw ValidationError("data root \(root): another berthd uses it")
        }
        pidfile = settings.pidfile
        if let pidfile {
            do {
                try "\(getpid())\n".write(toFile: pidfile, atomically: true, encoding: .utf8)
            } catch {
                close(descriptor)
                throw ValidationError("write pid file \(pidfile): \(error.localizedDescription)")
            }
        }
    }

    func release() {
        if let pidfile { unlink(pidfile) }
        close(descriptor)
    }
}
