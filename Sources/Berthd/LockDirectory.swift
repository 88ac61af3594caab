import ArgumentParser
import Glibc

/// The folder of locks that hold for the whole machine, whatever a daemon's roots: only root can enter it.
enum LockDirectory {
    private static let path = "/run/berth/locks"

    /// - Returns: its path.
    /// - Throws: `ValidationError` when it is not root's.
    static func make() throws -> String {
        mkdir("/run/berth", 0o711)
        mkdir(path, 0o700)
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { throw ValidationError("open `\(path)`: \(String(cString: strerror(errno)))") }
        defer { close(folder) }
        var status = stat()
        guard fstat(folder, &status) == 0, status.st_uid == 0, fchmod(folder, 0o700) == 0 else {
            throw ValidationError("`\(path)` is not root's: nobody else may hold a daemon's locks")
        }
        return path
    }
}
