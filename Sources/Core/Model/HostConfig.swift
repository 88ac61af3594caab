/// How a container meets its host: mounts, ports, limits, privileges (Docker's `HostConfig`).
///
/// Each client leaves out what it does not set, or sends `null`, or an empty value: that is all one, so a field is
/// optional only where it means something to have been given and be empty, and says what.
public struct HostConfig: Codable, Sendable, Equatable {
    @OrEmpty public var binds: [String]
    @OrEmpty public var containerIDFile: String
    public var logConfig: LogConfig?
    @OrEmpty public var networkMode: String
    @OrEmpty public var portBindings: [String: [PortBinding]?]
    public var restartPolicy: RestartPolicy?
    @OrEmpty public var autoRemove: Bool
    @OrEmpty public var volumeDriver: String
    @OrEmpty public var volumesFrom: [String]
    @OrEmpty public var mounts: [MountPoint]
    /// Rows and columns of the first terminal.
    @OrEmpty public var consoleSize: [Int]
    @OrEmpty public var annotations: [String: String]
    @OrEmpty public var capAdd: [String]
    @OrEmpty public var capDrop: [String]
    @OrEmpty public var cgroupnsMode: String
    @OrEmpty public var dns: [String]
    @OrEmpty public var dnsOptions: [String]
    @OrEmpty public var dnsSearch: [String]
    @OrEmpty public var extraHosts: [String]
    @OrEmpty public var groupAdd: [String]
    @OrEmpty public var ipcMode: String
    @OrEmpty public var cgroup: String
    @OrEmpty public var links: [String]
    @OrEmpty public var oomScoreAdj: Int
    @OrEmpty public var pidMode: String
    @OrEmpty public var privileged: Bool
    @OrEmpty public var publishAllPorts: Bool
    @OrEmpty public var readonlyRootfs: Bool
    @OrEmpty public var securityOpt: [String]
    @OrEmpty public var storageOpt: [String: String]
    @OrEmpty public var tmpfs: [String: String]
    @OrEmpty public var utsMode: String
    @OrEmpty public var usernsMode: String
    /// Bytes of /dev/shm; 64 MiB when 0.
    @OrEmpty public var shmSize: Int64
    @OrEmpty public var sysctls: [String: String]
    @OrEmpty public var runtime: String
    @OrEmpty public var isolation: String
    /// An empty list hides nothing; nil means the engine's own.
    public var maskedPaths: [String]?
    /// An empty list protects nothing; nil means the engine's own.
    public var readonlyPaths: [String]?
    public var runInit: Bool?

    // Resources, which Docker keeps flat in the same object.
    @OrEmpty public var cpuShares: Int64
    /// Bytes; 0 means unlimited.
    @OrEmpty public var memory: Int64
    @OrEmpty public var nanoCpus: Int64
    @OrEmpty public var cgroupParent: String
    @OrEmpty public var blkioWeight: Int
    @OrEmpty public var blkioWeightDevice: [WeightDevice]
    @OrEmpty public var blkioDeviceReadBps: [ThrottleDevice]
    @OrEmpty public var blkioDeviceWriteBps: [ThrottleDevice]
    @OrEmpty public var blkioDeviceReadIOps: [ThrottleDevice]
    @OrEmpty public var blkioDeviceWriteIOps: [ThrottleDevice]
    /// Microseconds.
    @OrEmpty public var cpuPeriod: Int64
    @OrEmpty public var cpuQuota: Int64
    @OrEmpty public var cpuRealtimePeriod: Int64
    @OrEmpty public var cpuRealtimeRuntime: Int64
    @OrEmpty public var cpusetCpus: String
    @OrEmpty public var cpusetMems: String
    @OrEmpty public var devices: [DeviceMapping]
    @OrEmpty public var deviceCgroupRules: [String]
    @OrEmpty public var memoryReservation: Int64
    @OrEmpty public var memorySwap: Int64
    public var memorySwappiness: Int64?
    public var oomKillDisable: Bool?
    public var pidsLimit: Int64?
    @OrEmpty public var ulimits: [Ulimit]

    public init() {}

    /// Whether the container shares the host's network: it has no ports of its own to show.
    public var hasHostsNetwork: Bool { networkMode == "host" }

    package enum CodingKeys: String, CodingKey {
        case binds = "Binds", containerIDFile = "ContainerIDFile", logConfig = "LogConfig"
        case networkMode = "NetworkMode", portBindings = "PortBindings", restartPolicy = "RestartPolicy"
        case autoRemove = "AutoRemove", volumeDriver = "VolumeDriver", volumesFrom = "VolumesFrom"
        case mounts = "Mounts", consoleSize = "ConsoleSize", annotations = "Annotations"
        case capAdd = "CapAdd", capDrop = "CapDrop", cgroupnsMode = "CgroupnsMode", dns = "Dns"
        case dnsOptions = "DnsOptions", dnsSearch = "DnsSearch", extraHosts = "ExtraHosts"
        case groupAdd = "GroupAdd", ipcMode = "IpcMode", cgroup = "Cgroup", links = "Links"
        case oomScoreAdj = "OomScoreAdj", pidMode = "PidMode", privileged = "Privileged"
        case publishAllPorts = "PublishAllPorts", readonlyRootfs = "ReadonlyRootfs"
        case securityOpt = "SecurityOpt", storageOpt = "StorageOpt", tmpfs = "Tmpfs"
        case utsMode = "UTSMode", usernsMode = "UsernsMode", shmSize = "ShmSize", sysctls = "Sysctls"
        case runtime = "Runtime", isolation = "Isolation", maskedPaths = "MaskedPaths"
        case readonlyPaths = "ReadonlyPaths", runInit = "Init"
        case cpuShares = "CpuShares", memory = "Memory", nanoCpus = "NanoCpus"
        case cgroupParent = "CgroupParent", blkioWeight = "BlkioWeight"
        case blkioWeightDevice = "BlkioWeightDevice", blkioDeviceReadBps = "BlkioDeviceReadBps"
        case blkioDeviceWriteBps = "BlkioDeviceWriteBps", blkioDeviceReadIOps = "BlkioDeviceReadIOps"
        case blkioDeviceWriteIOps = "BlkioDeviceWriteIOps", cpuPeriod = "CpuPeriod"
        case cpuQuota = "CpuQuota", cpuRealtimePeriod = "CpuRealtimePeriod"
        case cpuRealtimeRuntime = "CpuRealtimeRuntime", cpusetCpus = "CpusetCpus"
        case cpusetMems = "CpusetMems", devices = "Devices", deviceCgroupRules = "DeviceCgroupRules"
        case memoryReservation = "MemoryReservation", memorySwap = "MemorySwap"
        case memorySwappiness = "MemorySwappiness", oomKillDisable = "OomKillDisable"
        case pidsLimit = "PidsLimit", ulimits = "Ulimits"
    }
}

/// Where a container's output goes: `json-file` (default) or `none`, with `max-size` and `max-file`.
public struct LogConfig: Codable, Sendable, Equatable {
    @OrEmpty public var type: String
    @OrEmpty public var config: [String: String]

    public init(type: String, config: [String: String] = [:]) {
        self.type = type
        self.config = config
    }

    package enum CodingKeys: String, CodingKey { case type = "Type", config = "Config" }
}

/// When a container that ended is started again. Kept and shown; only `no` acts today.
public struct RestartPolicy: Codable, Sendable, Equatable {
    @OrEmpty public var name: String
    @OrEmpty public var maximumRetryCount: Int

    public init(name: String = "no") { self.name = name }

    package enum CodingKeys: String, CodingKey {
        case name = "Name", maximumRetryCount = "MaximumRetryCount"
    }
}

public struct DeviceMapping: Codable, Sendable, Equatable {
    @OrEmpty public var pathOnHost: String
    @OrEmpty public var pathInContainer: String
    @OrEmpty public var cgroupPermissions: String

    package enum CodingKeys: String, CodingKey {
        case pathOnHost = "PathOnHost", pathInContainer = "PathInContainer", cgroupPermissions = "CgroupPermissions"
    }
}

public struct WeightDevice: Codable, Sendable, Equatable {
    @OrEmpty public var path: String
    @OrEmpty public var weight: Int

    package enum CodingKeys: String, CodingKey { case path = "Path", weight = "Weight" }
}

public struct ThrottleDevice: Codable, Sendable, Equatable {
    @OrEmpty public var path: String
    /// Bytes or operations each second.
    @OrEmpty public var rate: Int64

    package enum CodingKeys: String, CodingKey { case path = "Path", rate = "Rate" }
}

public struct Ulimit: Codable, Sendable, Equatable {
    @OrEmpty public var name: String
    @OrEmpty public var soft: Int64
    @OrEmpty public var hard: Int64

    package enum CodingKeys: String, CodingKey { case name = "Name", soft = "Soft", hard = "Hard" }
}

/// A host address and port that a container's port is published at.
public struct PortBinding: Codable, Sendable, Equatable, Hashable {
    @OrEmpty public var hostIP: String
    /// A port, a range "8000-8010", or "" for one the engine picks.
    @OrEmpty public var hostPort: String

    public init(hostIP: String = "", hostPort: String = "") {
        self.hostIP = hostIP
        self.hostPort = hostPort
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(hostIP)
        hasher.combine(hostPort)
    }

    package enum CodingKeys: String, CodingKey { case hostIP = "HostIp", hostPort = "HostPort" }
}

/// One entry of `HostConfig.Mounts` (`--mount`).
public struct MountPoint: Codable, Sendable, Equatable {
    @OrEmpty public var target: String
    @OrEmpty public var source: String
    /// `bind`, `volume` or `tmpfs`.
    @OrEmpty public var type: String
    @OrEmpty public var readOnly: Bool
    public var consistency: String?
    public var bindOptions: BindOptions?
    public var volumeOptions: VolumeOptions?
    public var tmpfsOptions: TmpfsOptions?
    /// Of mounts of images, which there are not yet.
    public var imageOptions: ImageOptions?

    public init() {}

    package enum CodingKeys: String, CodingKey {
        case target = "Target", source = "Source", type = "Type", readOnly = "ReadOnly"
        case consistency = "Consistency", bindOptions = "BindOptions", volumeOptions = "VolumeOptions"
        case tmpfsOptions = "TmpfsOptions", imageOptions = "ImageOptions"
    }

    public struct BindOptions: Codable, Sendable, Equatable {
        @OrEmpty public var propagation: String
        @OrEmpty public var nonRecursive: Bool
        @OrEmpty public var createMountpoint: Bool
        /// Read-only holds for the mount alone, not for those below it.
        @OrEmpty public var readOnlyNonRecursive: Bool
        /// Fail where the mounts below cannot be made read-only too.
        @OrEmpty public var readOnlyForceRecursive: Bool

        package enum CodingKeys: String, CodingKey {
            case propagation = "Propagation", nonRecursive = "NonRecursive", createMountpoint = "CreateMountpoint"
            case readOnlyNonRecursive = "ReadOnlyNonRecursive", readOnlyForceRecursive = "ReadOnlyForceRecursive"
        }
    }

    public struct VolumeOptions: Codable, Sendable, Equatable {
        @OrEmpty public var noCopy: Bool
        @OrEmpty public var labels: [String: String]
        @OrEmpty public var subpath: String
        public var driverConfig: DriverConfig?

        package enum CodingKeys: String, CodingKey {
            case noCopy = "NoCopy", labels = "Labels", subpath = "Subpath", driverConfig = "DriverConfig"
        }
    }

    public struct DriverConfig: Codable, Sendable, Equatable {
        @OrEmpty public var name: String
        @OrEmpty public var options: [String: String]

        package enum CodingKeys: String, CodingKey { case name = "Name", options = "Options" }
    }

    public struct ImageOptions: Codable, Sendable, Equatable {
        @OrEmpty public var subpath: String

        package enum CodingKeys: String, CodingKey { case subpath = "Subpath" }
    }

    public struct TmpfsOptions: Codable, Sendable, Equatable {
        @OrEmpty public var sizeBytes: Int64
        @OrEmpty public var mode: Int
        /// Each an option of mount(8): `["noexec"]`, `["uid", "1000"]`.
        @OrEmpty public var options: [[String]]

        package enum CodingKeys: String, CodingKey {
            case sizeBytes = "SizeBytes", mode = "Mode", options = "Options"
        }
    }
}
