import DriverKit
import Glibc

/// The volume driver of bind mounts: a volume is a path of the host, and its name is that path. It keeps nothing.
///
/// Creating one with the option `create=true` makes a directory of a path that is not there, as `docker run -v` does.
struct BindVolumes: VolumeDriver {
    func create(_ request: CreateVolumeRequest) throws {
        for name in request.options.keys.sorted() where name != "create" {
            throw DriverError.invalid("invalid option: \"\(name)\"")
        }
        try Self.check(request.name)
        if request.options["create"] == "true" { try Self.makeDirectories(request.name) }
        try Self.requireExisting(request.name)
    }

    /// Lets go of the volume; the path stays.
    func remove(_ request: VolumeRequest) throws {}

    func mount(_ request: MountVolumeRequest) throws -> MountpointReply {
        try Self.check(request.name)
        try Self.requireExisting(request.name)
        return MountpointReply(mountpoint: request.name)
    }

    func path(_ request: VolumeRequest) throws -> MountpointReply {
        try mount(MountVolumeRequest(name: request.name, id: ""))
    }

    func unmount(_ request: MountVolumeRequest) throws {}

    func get(_ request: VolumeRequest) throws -> VolumeReply {
        VolumeReply(volume: Volume(name: request.name, mountpoint: try path(request).mountpoint))
    }

    func list() -> VolumeListReply { VolumeListReply(volumes: []) }

    private static func check(_ path: String) throws(DriverError) {
        guard path.hasPrefix("/") else {
            throw .invalid("invalid mount path: '\(path)' mount path must be absolute")
        }
        guard !path.contains("\0"), path.utf8.count < PATH_MAX else {
            throw .invalid("invalid mount path: '\(path.prefix(64))…' is not a path")
        }
    }

    private static func requireExisting(_ path: String) throws(DriverError) {
        var status = stat()
        if stat(path, &status) == 0 { return }
        if errno == ENOENT || errno == ENOTDIR { throw .invalid("bind source path does not exist: \(path)") }
        throw .invalid("bind source path `\(path)`: \(String(cString: strerror(errno)))")
    }

    private static func makeDirectories(_ path: String) throws(DriverError) {
        var status = stat()
        if stat(path, &status) == 0 { return }
        var made = ""
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o755) == 0 {
                // The daemon's umask is not meant for what is the host's.
                let directory = open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                if directory >= 0 { fchmod(directory, 0o755) }
                if directory >= 0 { close(directory) }
                continue
            }
            if errno == EEXIST { continue }
            let reason = String(cString: strerror(errno))
            throw .invalid("error while creating mount source path '\(path)': mkdir \(made): \(reason)")
        }
    }
}
