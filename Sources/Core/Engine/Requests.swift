import Model

/// What a client asks of a new container.
public struct ContainerRequest: Sendable {
    public var name: String?
    public var config: ContainerConfig
    public var hostConfig: HostConfig
    public var networking: NetworkingConfig
    public var platform: String?
    /// Read-only bind mounts hold for themselves alone, not for the mounts below them.
    public var readOnlyNonRecursive: Bool

    public init(
        name: String?, config: ContainerConfig, hostConfig: HostConfig, networking: NetworkingConfig,
        platform: String? = nil, readOnlyNonRecursive: Bool = false
    ) {
        self.name = name
        self.config = config
        self.hostConfig = hostConfig
        self.networking = networking
        self.platform = platform
        self.readOnlyNonRecursive = readOnlyNonRecursive
    }
}

public struct CreatedContainer: Sendable {
    public var id: String
    public var warnings: [String]
}

public enum WaitCondition: String, Sendable {
    case notRunning = "not-running"
    case nextExit = "next-exit"
    case removed
}

public struct WaitResult: Sendable {
    public var statusCode: Int
    public var error: String?
}

/// A wait that has been registered: nothing that happens from now on is missed.
public struct ContainerWait: Sendable {
    let wait: @Sendable () async throws -> WaitResult

    /// Suspends until the condition holds.
    /// - Throws: `CancellationError` when the task is cancelled.
    public func result() async throws -> WaitResult { try await wait() }
}

public struct LogOptions: Sendable {
    public var stdout = false
    public var stderr = false
    public var follow = false
    /// Nil for all.
    public var tail: Int?
    /// Nanoseconds since 1970.
    public var since: Int64?
    public var until: Int64?

    public init() {}
}

/// One piece of a container's output.
public struct LogLine: Sendable {
    public enum Stream: UInt8, Sendable { case stdout = 1, stderr = 2 }

    public var stream: Stream
    /// Nanoseconds since 1970.
    public var time: Int64
    /// RFC 3339 with nanoseconds, UTC.
    public var timeText: String
    public var bytes: [UInt8]
    /// What the log says of it besides.
    public var attributes: [String: String] = [:]
}

/// A container's log, in batches: asked for one at a time, so a slow client holds no memory.
public struct LogStream: AsyncSequence, Sendable {
    public typealias Element = [LogLine]

    public let isTTY: Bool
    let nextBatch: @Sendable () async throws -> [LogLine]?

    public struct AsyncIterator: AsyncIteratorProtocol {
        let nextBatch: @Sendable () async throws -> [LogLine]?

        public mutating func next() async throws -> [LogLine]? { try await nextBatch() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(nextBatch: nextBatch) }
}

public struct AttachOptions: Sendable {
    public var stream = false
    public var logs = false
    public var stdin = false
    public var stdout = false
    public var stderr = false

    public init() {}
}

public struct ImageListOptions: Sendable {
    public var filters = Filters()
    public var sharedSize = false

    public init() {}
}

public struct ImageHistoryEntry: Sendable {
    public var id: String
    /// Seconds since 1970.
    public var created: Int64
    public var createdBy: String
    public var tags: [String]
    public var size: Int64
    public var comment: String

    public init(id: String, created: Int64, createdBy: String, tags: [String], size: Int64, comment: String) {
        self.id = id
        self.created = created
        self.createdBy = createdBy
        self.tags = tags
        self.size = size
        self.comment = comment
    }
}

public struct ImageSnapshot: Sendable {
    public var record: ImageRecord
    /// Number of containers that use it.
    public var containers: Int
    /// Bytes of the layers that other images have too; -1 when they were not counted.
    public var sharedSize: Int64

    public init(record: ImageRecord, containers: Int, sharedSize: Int64 = -1) {
        self.record = record
        self.containers = containers
        self.sharedSize = sharedSize
    }
}

/// What removing an image did, in order.
public enum ImageRemoval: Sendable {
    case untagged(String)
    case deleted(String)
}

public struct PruneResult: Sendable {
    /// Names or IDs of what was removed.
    public var removed: [String]
    /// Bytes.
    public var spaceReclaimed: Int64

    public init(removed: [String], spaceReclaimed: Int64 = 0) {
        self.removed = removed
        self.spaceReclaimed = spaceReclaimed
    }
}

public struct DiskUsage: Sendable {
    public var layersSize: Int64
    public var images: [ImageSnapshot]
    public var containers: [ContainerSnapshot]
    public var volumes: [VolumeRecord]
}

/// Facts about the daemon and its host, for `GET /info` and `GET /version`.
public struct SystemInfo: Sendable {
    public var id = ""
    public var name = ""
    public var containers = 0
    public var running = 0
    public var paused = 0
    public var stopped = 0
    public var images = 0
    public var kernelVersion = ""
    public var operatingSystem = ""
    public var osVersion = ""
    public var architecture = ""
    public var cpus = 0
    /// Bytes.
    public var memory: Int64 = 0
    public var cgroupVersion = "1"
    public var dataRoot = ""
    public var networkDrivers: [String] = []
    public var volumeDrivers: [String] = []
    public var ipamDrivers: [String] = []
    public var warnings: [String] = []
    public var insecureRegistries: [String] = []
    public var serverVersion = ""
    public var securityOptions: [String] = []
    public var ipv4Forwarding = true
    public var swapLimit = false
    public var pidsLimit = true
    /// Of the daemon: open descriptors, threads, and clients that listen to events.
    public var fileDescriptors = 0
    public var threads = 0
    public var eventListeners = 0

    public init() {}
}

/// A running container's processes (`ps`).
public struct ProcessTable: Sendable {
    public var titles: [String]
    public var processes: [[String]]
}
