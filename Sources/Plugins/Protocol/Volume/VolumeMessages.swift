/// `VolumeDriver.Create`.
public struct CreateVolumeRequest: Codable, Sendable, Equatable {
    @OrEmpty public var name: String
    /// The user's own driver options.
    @OrEmpty public var options: [String: String]

    public init(name: String, options: [String: String] = [:]) {
        self.name = name
        self.options = options
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case options = "Opts"
    }
}

/// Names a volume: `VolumeDriver.Remove`, `Path` and `Get`.
public struct VolumeRequest: Codable, Sendable, Equatable {
    @OrEmpty public var name: String

    public init(name: String) { self.name = name }

    enum CodingKeys: String, CodingKey { case name = "Name" }
}

/// `VolumeDriver.Mount` and `Unmount`.
public struct MountVolumeRequest: Codable, Sendable, Equatable {
    @OrEmpty public var name: String
    /// Who mounts it: each Mount has an id of its own, which its Unmount gives again.
    @OrEmpty public var id: String

    public init(name: String, id: String) {
        self.name = name
        self.id = id
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case id = "ID"
    }
}

/// The reply to `VolumeDriver.Mount` and `Path`.
public struct MountpointReply: Codable, Sendable, Equatable {
    /// An absolute path on the host. `Path` may leave it empty for a volume that is not mounted.
    @OrEmpty public var mountpoint: String

    public init(mountpoint: String) { self.mountpoint = mountpoint }

    enum CodingKeys: String, CodingKey { case mountpoint = "Mountpoint" }
}

/// A volume as its driver tells of it.
public struct Volume: Codable, Sendable, Equatable {
    @OrEmpty public var name: String
    @OrEmpty public var mountpoint: String
    /// RFC 3339. Empty: not known.
    @OrEmpty public var createdAt: String
    @OrEmpty public var status: [String: JSONValue]

    public init(name: String, mountpoint: String = "", createdAt: String = "", status: [String: JSONValue] = [:]) {
        self.name = name
        self.mountpoint = mountpoint
        self.createdAt = createdAt
        self.status = status
    }

    enum CodingKeys: String, CodingKey {
        case name = "Name"
        case mountpoint = "Mountpoint"
        case createdAt = "CreatedAt"
        case status = "Status"
    }
}

/// The reply to `VolumeDriver.Get`.
public struct VolumeReply: Codable, Sendable, Equatable {
    public var volume: Volume

    public init(volume: Volume) { self.volume = volume }

    enum CodingKeys: String, CodingKey { case volume = "Volume" }
}

/// The reply to `VolumeDriver.List`.
public struct VolumeListReply: Codable, Sendable, Equatable {
    @OrEmpty public var volumes: [Volume]

    public init(volumes: [Volume]) { self.volumes = volumes }

    enum CodingKeys: String, CodingKey { case volumes = "Volumes" }
}

/// The reply to `VolumeDriver.Capabilities`.
public struct VolumeCapabilitiesReply: Codable, Sendable, Equatable {
    public struct Capabilities: Codable, Sendable, Equatable {
        /// "local" or "global": whether the same volume is there on every host.
        @OrEmpty public var scope: String

        public init(scope: String = "local") { self.scope = scope }

        enum CodingKeys: String, CodingKey { case scope = "Scope" }
    }

    public var capabilities: Capabilities

    public init(scope: String = "local") { capabilities = Capabilities(scope: scope) }

    enum CodingKeys: String, CodingKey { case capabilities = "Capabilities" }
}
