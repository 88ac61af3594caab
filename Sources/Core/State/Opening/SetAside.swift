import Foundation
import Glibc
import Model

/// The folder `set-aside` of the data root: what cannot be used and is not the daemon's to delete.
enum SetAside {
    private static func folder(_ dataRoot: String) throws -> String {
        let path = dataRoot + "/set-aside"
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("create directory", path) }
        return path
    }

    /// Moves a database away with its log, under the time as its name.
    static func moveDatabase(_ dataRoot: String, log: (String) -> Void) throws {
        let path = "\(dataRoot)/\(Database.fileName)"
        guard access(path, F_OK) == 0 || access(path + "-wal", F_OK) == 0 else { return }
        let target = "\(try folder(dataRoot))/\(unused(Database.fileName))"
        for suffix in ["", "-wal", "-shm"] where rename(path + suffix, target + suffix) != 0 && errno != ENOENT {
            throw failure("move away", path + suffix)
        }
        log("database `\(path)` was moved to `\(target)`")
    }

    /// Moves a container's folder away.
    /// - Returns: where it is now.
    static func move(_ path: String, of dataRoot: String) throws -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? "container"
        let target = "\(try folder(dataRoot))/\(unused(name))"
        guard rename(path, target) == 0 else { throw failure("move away", path) }
        return target
    }

    private static func unused(_ name: String) -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return "\(name)-\(time.tv_sec).\(time.tv_nsec / 1000)"
    }

    private static func failure(_ operation: String, _ path: String) -> BerthError {
        .system("\(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
