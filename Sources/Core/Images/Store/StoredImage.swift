import Model

/// An image whose configuration and layers are in the store.
public struct StoredImage: Sendable {
    /// `sha256:…` of the configuration's bytes.
    public let id: String
    /// The names the archive gives it; empty when it has none.
    public let references: [ImageReference]
    public let config: ImageConfig
    /// Bytes of the regular files in all layers, unpacked.
    public let size: Int64

    /// A record to write to the database; `lastTagTime` is now when the image has names, else 0.
    public func record() -> ImageRecord {
        var record = ImageRecord(id: id)
        record.tags = references.filter { $0.tag != nil }.map(\.familiar)
        record.digests = references.filter { $0.digest != nil }.map(\.familiar)
        record.created = config.created.flatMap(Timestamp.nanoseconds) ?? 0
        record.size = size
        record.architecture = config.architecture.isEmpty ? HostPlatform.architecture : config.architecture
        record.os = config.os.isEmpty ? "linux" : config.os
        record.config = config.config ?? ContainerConfig()
        record.diffIDs = config.rootfs.diffIDs
        record.author = config.author ?? ""
        record.comment = config.comment ?? config.history?.last?.comment ?? ""
        record.lastTagTime = record.tags.isEmpty ? 0 : Timestamp.now()
        return record
    }
}

/// Images that have just come into the store.
///
/// While the value lives, nothing of them is removed as unreferenced: call `keepAlive()` after their records are in the
/// database.
public final class ImageLease: Sendable {
    public let images: [StoredImage]
    private let hold: Hold

    init(images: [StoredImage], hold: Hold) {
        self.images = images
        self.hold = hold
    }

    /// Keeps the lease alive up to here: the compiler may otherwise end it after the last look at `images`.
    public func keepAlive() { withExtendedLifetime(hold) {} }
}

/// How far the unpacking of one layer is.
public struct LayerProgress: Sendable {
    public enum Step: Sendable {
        case unpacking
        case complete
        /// The layer was in the store already.
        case exists
    }

    public let diffID: String
    public let step: Step
    /// Bytes of the archived layer read so far, and all of them.
    public let current: Int64
    public let total: Int64
}

/// The layers of a container's root file system, for overlayfs.
public struct LayerStack: Sendable, Equatable {
    /// The directory that `lowerDirectories` are relative to; change into it before mounting, so that the options fit
    /// in the kernel's 4096 bytes.
    public let baseDirectory: String
    /// Top layer first, as `lowerdir=` wants them; at least one.
    public let lowerDirectories: [String]

    /// The value of `lowerdir=`.
    public var lowerOption: String { lowerDirectories.joined(separator: ":") }

    /// The same directories with absolute paths.
    public var absolute: [String] { lowerDirectories.map { "\(baseDirectory)/\($0)" } }
}

/// One line of `docker history`, oldest last.
public struct HistoryLine: Sendable, Equatable {
    /// Seconds since 1970.
    public let created: Int64
    public let createdBy: String
    public let comment: String
    /// Bytes of the layer that the step made, 0 if none.
    public let size: Int64

    public init(created: Int64, createdBy: String, comment: String, size: Int64) {
        self.created = created
        self.createdBy = createdBy
        self.comment = comment
        self.size = size
    }
}

/// What a removal of unreferenced content took away.
public struct RemovedContent: Sendable, Equatable {
    /// Chain IDs of the layers, top layers before what they stand on.
    public var layers: [String] = []
    /// Image IDs whose configurations went.
    public var images: [String] = []
    /// Bytes of the layers' files.
    public var bytes: Int64 = 0

    public init() {}
}

/// What `docker import` says about the image besides its files.
public struct ImportOptions: Sendable {
    /// Name to give it; may be nil.
    public var reference: ImageReference?
    /// Dockerfile instructions, as `changes=` carries them.
    public var changes: [String] = []
    public var message = ""
    /// "linux/arm64"; the host's own when empty.
    public var platform = ""
    /// What the file system came from, for the history: "-" or a URL.
    public var source = "-"

    public init() {}
}

/// An image to write into an archive, with the names to write beside it.
public struct ArchivedImage: Sendable {
    public let id: String
    public let references: [ImageReference]

    public init(id: String, references: [ImageReference]) {
        self.id = id
        self.references = references
    }
}
