import DriverKit

/// The local volume driver: a volume is the directory `<root>/<name>/_data`.
///
/// With the options `type`, `device` and `o` something is mounted there while anybody uses the volume.
final class LocalVolumes: VolumeDriver {
    private let directory: VolumeDirectory
    private let users: VolumeUsers
    private let locks = NamedLocks()
    private let trash: Trash

    /// Makes the root directory, and begins to remove what an earlier run has left half made or half removed.
    /// - Throws: `DriverError` if the root cannot be made or the store cannot be read.
    init(root: String, host: Host) throws(DriverError) {
        directory = try VolumeDirectory(root: root)
        users = VolumeUsers(host: host)
        trash = Trash { host.log(.warning, $0) }
        for name in try directory.names() {
            if VolumeDirectory.isLeftover(name) { trash.discard(directory.root + "/" + name) }
            try directory.seal(name)
            if VolumeName.isValid(name) { try users.forgetEarlierBoots(of: name) }
        }
    }

    func create(_ request: CreateVolumeRequest) throws {
        try VolumeName.check(request.name)
        let options = try VolumeOptions(request.options)
        try locks.withLock(request.name) {
            if directory.exists(request.name) {
                guard try directory.options(of: request.name) == options else {
                    throw DriverError.conflict("volume \(request.name) already exists with other options")
                }
                return
            }
            try directory.make(request.name, options)
        }
    }

    func remove(_ request: VolumeRequest) throws {
        try VolumeName.check(request.name)
        try locks.withLock(request.name) {
            guard directory.exists(request.name) else { return }
            let ids = try users.ids(of: request.name)
            guard ids.isEmpty else {
                throw DriverError.conflict(
                    "remove \(request.name): volume is in use - [\(ids.joined(separator: ", "))]")
            }
            try Mount.remove(at: directory.data(of: request.name))
            trash.discard(try directory.moveAway(request.name))
        }
    }

    func mount(_ request: MountVolumeRequest) throws -> MountpointReply {
        try require(request.name)
        let data = directory.data(of: request.name)
        try locks.withLock(request.name) {
            let options = try directory.options(of: request.name)
            let isNew = try users.add(request.id, to: request.name)
            do {
                if let mount = try options.mount(), !Mount.isThere(at: data) { try mount.make(at: data) }
            } catch {
                if isNew { try users.remove(request.id, from: request.name) }
                throw error
            }
        }
        return MountpointReply(mountpoint: data)
    }

    func unmount(_ request: MountVolumeRequest) throws {
        try VolumeName.check(request.name)
        try locks.withLock(request.name) {
            guard try users.remove(request.id, from: request.name), directory.exists(request.name),
                try users.ids(of: request.name).isEmpty, try directory.options(of: request.name).mount() != nil
            else { return }
            try Mount.remove(at: directory.data(of: request.name))
        }
    }

    func path(_ request: VolumeRequest) throws -> MountpointReply {
        try require(request.name)
        return MountpointReply(mountpoint: directory.data(of: request.name))
    }

    func get(_ request: VolumeRequest) throws -> VolumeReply {
        try require(request.name)
        return VolumeReply(volume: volume(request.name))
    }

    func list() throws -> VolumeListReply {
        VolumeListReply(
            volumes: try directory.names().filter { VolumeName.isValid($0) && directory.exists($0) }.sorted()
                .map(volume))
    }

    private func volume(_ name: String) -> Volume {
        Volume(name: name, mountpoint: directory.data(of: name), createdAt: directory.created(name) ?? "")
    }

    private func require(_ name: String) throws(DriverError) {
        try VolumeName.check(name)
        guard directory.exists(name) else { throw .notFound("get \(name): no such volume") }
    }
}
