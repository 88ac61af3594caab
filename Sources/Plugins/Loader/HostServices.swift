import PluginProtocol

/// How much a line of a driver's log matters.
public enum DriverLogLevel: Int, Sendable {
    case debug, info, warning, error
}

/// One row of the store that drivers keep in the core's database.
public struct DriverStateRow: Sendable, Equatable {
    public var key: String
    public var value: [UInt8]
    /// The id of the network or endpoint that the row goes with; empty for none.
    public var owner: String

    public init(key: String, value: [UInt8], owner: String) {
        self.key = key
        self.value = value
        self.owner = owner
    }
}

/// What the core offers drivers. Synchronous: called on the loader's own threads and on threads that drivers made,
/// several at once. A call must not wait for a driver.
public protocol HostServices: Sendable {
    func log(driver: String, level: DriverLogLevel, _ text: String)

    /// Writes a row durably. With `onlyIfAbsent` the database's primary key decides who was first.
    /// - Returns: false when the row was there already and `onlyIfAbsent` was asked for.
    func putState(
        driver: String, bucket: String, key: String, value: [UInt8], owner: String, onlyIfAbsent: Bool
    ) throws -> Bool

    func state(driver: String, bucket: String, key: String) throws -> [UInt8]?

    /// - Returns: false when there was no such row.
    func deleteState(driver: String, bucket: String, key: String) throws -> Bool

    /// The rows of a bucket, in the order of their keys.
    func states(driver: String, bucket: String) throws -> [DriverStateRow]

    /// The link of an endpoint is gone, and is to be made again. Returns at once.
    func lost(driver: String, endpoint: String)
}

extension HostServices {
    public func lost(driver: String, endpoint: String) {}
}
