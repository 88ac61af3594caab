/// A container as the engine knows it. The parts that change have one owner: the engine's entry for it.
public struct ContainerRecord: Codable, Sendable {
    /// 64 hexadecimal digits.
    public var id: String
    /// Without the leading slash.
    public var name: String
    /// Nanoseconds since 1970.
    public var created: Int64
    /// The image's ID, `sha256:…`.
    public var imageID: String
    public var path: String
    public var args: [String]
    public var config: ContainerConfig
    public var hostConfig: HostConfig
    /// By network name, as asked for and, while it runs, as given.
    public var networks: [String: EndpointSettings]
    public var mounts: [ContainerMount]
    public var state: ContainerState
    /// The network namespace's path while it runs; empty without one of its own.
    public var sandboxKey: String
    public var sandboxID: String
    /// By container port ("80/tcp"), while it runs.
    public var ports: [String: [PortBinding]]
    public var platform: String
    /// Whether the user (not the container itself) ended it.
    public var hasBeenManuallyStopped: Bool
    public var restartCount: Int

    public init(
        id: String, name: String, created: Int64, imageID: String, config: ContainerConfig, hostConfig: HostConfig
    ) {
        self.id = id
        self.name = name
        self.created = created
        self.imageID = imageID
        self.path = ""
        self.args = []
        self.config = config
        self.hostConfig = hostConfig
        self.networks = [:]
        self.mounts = []
        self.state = ContainerState()
        self.sandboxKey = ""
        self.sandboxID = ""
        self.ports = [:]
        self.platform = "linux"
        self.hasBeenManuallyStopped = false
        self.restartCount = 0
    }
}

/// The state of a container's process.
public struct ContainerState: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable {
        case created, starting, running, paused, restarting, removing, exited, dead
    }

    public var status: Status = .created
    public var pid: Int = 0
    public var exitCode: Int = 0
    public var error: String = ""
    public var oomKilled: Bool = false
    /// Nanoseconds since 1970; 0 when it never was.
    public var startedAt: Int64 = 0
    public var finishedAt: Int64 = 0

    public init() {}

    /// A process exists, frozen or not.
    public var isRunning: Bool { status == .running || status == .paused }
}

/// One mount of a container, resolved (Docker's `MountPoint` in an inspect answer).
public struct ContainerMount: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable { case bind, volume, tmpfs }

    public var kind: Kind
    /// The volume's name; empty for others.
    public var name: String
    /// The host's path; for a volume known once its driver mounted it.
    public var source: String
    public var destination: String
    public var driver: String
    /// The mode as given, "z", "ro", ….
    public var mode: String
    public var isReadWrite: Bool
    public var propagation: String
    /// tmpfs options.
    public var data: String
    /// The volume was made for this container and goes with `rm -v` or `--rm`.
    public var isAnonymous: Bool
    /// Image content is copied into a volume that is still empty.
    public var copiesUp: Bool
    /// `-v` makes a missing host directory, `--mount` does not.
    public var createsSource: Bool
    public var isRecursive: Bool
    /// Read-only holds for the mount alone, not for those below it.
    @OrEmpty public var readOnlyNonRecursive: Bool
    public var subpath: String

    public init(kind: Kind, source: String, destination: String) {
        self.kind = kind
        self.name = ""
        self.source = source
        self.destination = destination
        self.driver = ""
        self.mode = ""
        self.isReadWrite = true
        self.propagation = ""
        self.data = ""
        self.isAnonymous = false
        self.copiesUp = false
        self.createsSource = false
        self.isRecursive = true
        self.readOnlyNonRecursive = false
        self.subpath = ""
    }
}

/// A container and what is said of it in lists: a consistent copy, taken at one moment.
public struct ContainerSnapshot: Sendable {
    public var record: ContainerRecord
    /// As the client named it at create time.
    public var imageName: String
    public var execIDs: [String]
    public var logPath: String
    public var resolvConfPath: String
    public var hostnamePath: String
    public var hostsPath: String
    public var overlay: OverlayPaths
    /// Bytes, when sizes were asked for.
    public var sizeRw: Int64?
    public var sizeRootFs: Int64?

    public struct OverlayPaths: Sendable {
        public var lower: [String]
        public var upper: String
        public var work: String
        public var merged: String

        public init(lower: [String], upper: String, work: String, merged: String) {
            self.lower = lower
            self.upper = upper
            self.work = work
            self.merged = merged
        }
    }

    public init(
        record: ContainerRecord, imageName: String, execIDs: [String], logPath: String, resolvConfPath: String,
        hostnamePath: String, hostsPath: String, overlay: OverlayPaths
    ) {
        self.record = record
        self.imageName = imageName
        self.execIDs = execIDs
        self.logPath = logPath
        self.resolvConfPath = resolvConfPath
        self.hostnamePath = hostnamePath
        self.hostsPath = hostsPath
        self.overlay = overlay
    }
}

// What is kept on disk is read with whatever fields it has: all but those that say what it is have defaults.

extension ContainerRecord {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id), name: try values.decode(String.self, forKey: .name),
            created: 0, imageID: try values.decode(String.self, forKey: .imageID),
            config: try values.decode(ContainerConfig.self, forKey: .config),
            hostConfig: try values.decode(HostConfig.self, forKey: .hostConfig))
        try values.read(.created, into: &created)
        try values.read(.path, into: &path)
        try values.read(.args, into: &args)
        try values.read(.networks, into: &networks)
        try values.read(.mounts, into: &mounts)
        try values.read(.state, into: &state)
        try values.read(.sandboxKey, into: &sandboxKey)
        try values.read(.sandboxID, into: &sandboxID)
        try values.read(.ports, into: &ports)
        try values.read(.platform, into: &platform)
        try values.read(.hasBeenManuallyStopped, into: &hasBeenManuallyStopped)
        try values.read(.restartCount, into: &restartCount)
    }
}

extension ContainerState {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init()
        try values.read(.status, into: &status)
        try values.read(.pid, into: &pid)
        try values.read(.exitCode, into: &exitCode)
        try values.read(.error, into: &error)
        try values.read(.oomKilled, into: &oomKilled)
        try values.read(.startedAt, into: &startedAt)
        try values.read(.finishedAt, into: &finishedAt)
    }
}

extension ContainerMount {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            kind: try values.decode(Kind.self, forKey: .kind), source: "",
            destination: try values.decode(String.self, forKey: .destination))
        try values.read(.name, into: &name)
        try values.read(.source, into: &source)
        try values.read(.driver, into: &driver)
        try values.read(.mode, into: &mode)
        try values.read(.isReadWrite, into: &isReadWrite)
        try values.read(.propagation, into: &propagation)
        try values.read(.data, into: &data)
        try values.read(.isAnonymous, into: &isAnonymous)
        try values.read(.copiesUp, into: &copiesUp)
        try values.read(.createsSource, into: &createsSource)
        try values.read(.isRecursive, into: &isRecursive)
        try values.read(.readOnlyNonRecursive, into: &readOnlyNonRecursive)
        try values.read(.subpath, into: &subpath)
    }
}
