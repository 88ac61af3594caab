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
