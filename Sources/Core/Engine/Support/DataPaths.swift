import Glibc
import Model

/// Where everything lies below the data root (kept) and the exec root (gone with a reboot).
struct DataPaths: Sendable {
    let dataRoot: String
    let execRoot: String

    var images: String { dataRoot + "/image" }
    var containers: String { dataRoot + "/containers" }
    var trash: String { dataRoot + "/trash" }
    var sandboxes: String { execRoot + "/netns" }
    var running: String { execRoot + "/containers" }
    var execs: String { execRoot + "/exec" }

    func container(_ id: String) -> ContainerPaths {
        ContainerPaths(id: id, kept: containers + "/" + id, running: running + "/" + id)
    }

    /// - Throws: `BerthError.system` naming the directory.
    func make() throws {
        for directory in [dataRoot, execRoot, images, containers, sandboxes, running, execs] {
            try Self.makeDirectory(directory, mode: 0o711)
        }
    }

    /// Makes a directory and its missing parents.
    static func makeDirectory(_ path: String, mode: mode_t) throws {
        if mkdir(path, mode) == 0 || errno == EEXIST { return }
        if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try makeDirectory(String(path[..<slash]), mode: mode)
            if mkdir(path, mode) == 0 || errno == EEXIST { return }
        }
        throw BerthError.system("create directory `\(path)`: \(String(cString: strerror(errno)))")
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
