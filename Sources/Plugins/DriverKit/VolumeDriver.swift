/// Volumes. Errors as in `NetworkDriver`.
public protocol VolumeDriver: Driver {
    /// Creating a volume that is there already, with the same options, is no error.
    func create(_ request: CreateVolumeRequest) throws
    func remove(_ request: VolumeRequest) throws
    /// Makes the volume available at a path of the host, until `unmount` was called for every id that mounted it.
    func mount(_ request: MountVolumeRequest) throws -> MountpointReply
    func path(_ request: VolumeRequest) throws -> MountpointReply
    func unmount(_ request: MountVolumeRequest) throws
    func get(_ request: VolumeRequest) throws -> VolumeReply
    func list() throws -> VolumeListReply
    /// The default: local volumes.
    func capabilities() throws -> VolumeCapabilitiesReply
}

extension VolumeDriver {
    public func capabilities() throws -> VolumeCapabilitiesReply { VolumeCapabilitiesReply() }

    func addRoutes(to routes: inout Routes) {
        routes.add(.createVolume, create)
        routes.add(.removeVolume, remove)
        routes.add(.mountVolume, mount)
        routes.add(.volumePath, path)
        routes.add(.unmountVolume, unmount)
        routes.add(.getVolume, get)
        routes.add(.listVolumes) { _ in try list() }
        routes.add(.volumeCapabilities) { _ in try capabilities() }
    }
}
