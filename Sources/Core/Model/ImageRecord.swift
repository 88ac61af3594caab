/// An image as the database keeps it; its content is in the image store.
public struct ImageRecord: Codable, Sendable, Equatable {
    /// `sha256:…` of the configuration's bytes.
    public var id: String
    /// Familiar names with tags, "busybox:latest"; empty for a dangling one.
    public var tags: [String]
    /// "name@sha256:…".
    public var digests: [String]
    /// Nanoseconds since 1970.
    public var created: Int64
    /// Bytes of all layers, unpacked.
    public var size: Int64
    public var architecture: String
    public var os: String
    public var config: ContainerConfig
    public var diffIDs: [String]
    public var author: String
    public var comment: String
    public var lastTagTime: Int64

    public init(id: String) {
        self.id = id
        self.tags = []
        self.digests = []
        self.created = 0
        self.size = 0
        self.architecture = "amd64"
        self.os = "linux"
        self.config = ContainerConfig()
        self.diffIDs = []
        self.author = ""
        self.comment = ""
        self.lastTagTime = 0
    }
}

// What is kept on disk is read with whatever fields it has: all but those that say what it is have defaults.

extension ImageRecord {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(id: try values.decode(String.self, forKey: .id))
        try values.read(.tags, into: &tags)
        try values.read(.digests, into: &digests)
        try values.read(.created, into: &created)
        try values.read(.size, into: &size)
        try values.read(.architecture, into: &architecture)
        try values.read(.os, into: &os)
        try values.read(.config, into: &config)
        try values.read(.diffIDs, into: &diffIDs)
        try values.read(.author, into: &author)
        try values.read(.comment, into: &comment)
        try values.read(.lastTagTime, into: &lastTagTime)
    }
}
