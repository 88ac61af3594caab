/// A volume as the engine knows it; its data is its driver's.
public struct VolumeRecord: Codable, Sendable, Equatable {
    public var name: String
    public var driver: String
    public var mountpoint: String
    /// Nanoseconds since 1970.
    public var created: Int64
    public var labels: [String: String]
    public var options: [String: String]
    public var scope: String
    public var isAnonymous: Bool
    /// Filled when usage was asked for: bytes and the number of containers.
    public var size: Int64?
    public var referenceCount: Int?

    public init(name: String, driver: String, created: Int64) {
        self.name = name
        self.driver = driver
        self.mountpoint = ""
        self.created = created
        self.labels = [:]
        self.options = [:]
        self.scope = "local"
        self.isAnonymous = false
    }
}

// What is kept on disk is read with whatever fields it has: all but those that say what it is have defaults.

extension VolumeRecord {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try values.decode(String.self, forKey: .name),
            driver: try values.decode(String.self, forKey: .driver), created: 0)
        try values.read(.mountpoint, into: &mountpoint)
        try values.read(.created, into: &created)
        try values.read(.labels, into: &labels)
        try values.read(.options, into: &options)
        try values.read(.scope, into: &scope)
        try values.read(.isAnonymous, into: &isAnonymous)
        size = try values.decodeIfPresent(Int64.self, forKey: .size)
        referenceCount = try values.decodeIfPresent(Int.self, forKey: .referenceCount)
    }
}
