import CLinux
import Glibc
import Model
import PluginLoader
import State

/// Where everything lies below the data root (kept) and the exec root (gone with a reboot).
struct DataPaths: Sendable {
    let dataRoot: String
    let execRoot: String

    var images: String { dataRoot + "/image" }
    var containers: String { dataRoot + "/containers" }
    var trash: String { dataRoot + "/trash" }
    var sandboxes: String { execRoot + "/netns" }
    var running: String { execRoot + "/containers" }
    var crashed: String { execRoot + "/crashed" }
    var execs: String { execRoot + "/exec" }
    /// The socket of the forwarder of published ports.
    var forwarder: String { execRoot + "/forward.sock" }

    func container(_ id: String) -> ContainerPaths {
        ContainerPaths(id: id, kept: containers + "/" + id, running: running + "/" + id)
    }

    /// Makes what is missing, and closes to others what an earlier build has left open: they would read containers'
    /// secrets in the database, or run what a container has put into a volume.
    /// - Throws: `BerthError.system` naming the directory.
    func make() throws {
        try Self.makeDirectory(dataRoot, mode: 0o710)
        // The socket is there by default, for its group.
        try Self.makeDirectory(execRoot, mode: 0o711)
        for directory in [images, containers, sandboxes, running, execs] {
            try Self.makeDirectory(directory, mode: 0o700)
        }
        try Self.close(dataRoot, to: 0o710)
        for directory in [images, containers, running, execs] { try Self.close(directory, to: 0o700) }
        for suffix in ["", "-wal", "-shm"] {
            try Self.close("\(dataRoot)/\(Database.fileName)\(suffix)", to: 0o600)
        }
        try Self.makeDirectory(crashed, mode: 0o700)
    }

    /// What lets others meddle with the roots, for the log.
    var warnings: [String] {
        [dataRoot, execRoot].compactMap { root in
            TrustedPath.objection(to: root).map { "\(root) is not the daemon's alone: \($0)" }
        }
    }

    /// Makes a directory and its missing parents, with `mode` whatever the umask.
    static func makeDirectory(_ path: String, mode: mode_t) throws {
        if mkdir(path, mode) == 0 { return try change(path) { _ in mode } }
        if errno == EEXIST { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]), mode: 0o755)
            if mkdir(path, mode) == 0 { return try change(path) { _ in mode } }
            if errno == EEXIST { return }
        }
        throw BerthError.system("create directory `\(path)`: \(String(cString: strerror(errno)))")
    }

    /// Takes away what a mode has beyond `mode`. A directory that is everybody's, such as /tmp, is left as it is.
    private static func close(_ path: String, to mode: mode_t) throws {
        try change(path) { $0 & S_ISVTX == 0 ? $0 & mode : $0 }
    }

    private static func change(_ path: String, _ mode: (mode_t) -> mode_t) throws {
        let file = open(path, BERTH_OPEN_PATH | O_CLOEXEC)
        if file < 0, errno == ENOENT { return }
        defer { if file >= 0 { Glibc.close(file) } }
        var status = stat()
        guard file >= 0, fstat(file, &status) == 0 else {
            throw BerthError.system("open `\(path)`: \(String(cString: strerror(errno)))")
        }
        let present = status.st_mode & 0o7777
        let wanted = mode(present)
        if wanted != present, berth_change_mode(file, wanted) != 0 {
            throw BerthError.system("change mode of `\(path)`: \(String(cString: strerror(errno)))")
        }
    }
}

/// One container's files.
struct ContainerPaths: Sendable {
    let id: String
    /// Below the data root.
    let kept: String
    /// Below the exec root.
    let running: String

    var log: String { "\(kept)/\(id)-json.log" }
    var hostname: String { kept + "/hostname" }
    var hosts: String { kept + "/hosts" }
    var resolvConf: String { kept + "/resolv.conf" }
    var exitFile: String { kept + "/exit" }
    var socket: String { running + "/monitor.sock" }
    /// The root's mount point, in the container's own mount namespace alone.
    var merged: String { kept + "/merged" }
}
