import ArgumentParser
import Glibc

/// A lock on a file, which goes with the process, however that ends: flock(2).
struct FileLock {
    private let descriptor: CInt
    private let path: String

    /// - Parameter held: what is said when another process has it.
    /// - Throws: `ValidationError` with that text, or naming the file and the cause.
    init(path: String, held: String) throws {
        self.path = path
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard descriptor >= 0 else {
                throw ValidationError("open `\(path)`: \(String(cString: strerror(errno)))")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let cause = errno
                close(descriptor)
                throw ValidationError(
                    cause == EWOULDBLOCK ? held : "lock `\(path)`: \(String(cString: strerror(cause)))")
            }
            // Whoever had it may have removed the file meanwhile.
            var (own, present) = (stat(), stat())
            if fstat(descriptor, &own) == 0, stat(path, &present) == 0, own.st_dev == present.st_dev,
                own.st_ino == present.st_ino
            {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
        }
    }

    /// Lets it go.
    /// - Parameter removing: whether the file goes, too.
    func release(removing: Bool = false) {
        if removing { unlink(path) }
        close(descriptor)
    }
}
