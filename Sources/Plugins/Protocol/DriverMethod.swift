/// A method of a driver with the types of its messages, such as `.join` for `NetworkDriver.Join`.
public struct DriverMethod<Request: Encodable & Sendable, Reply: Decodable & Sendable>: Sendable {
    /// The name on the wire: "NetworkDriver.Join".
    public let name: String

    public init(_ name: String) { self.name = name }
}

/// The message of a method that says nothing: `{}`.
public struct Empty: Codable, Sendable, Equatable {
    public init() {}
}

/// The reply to `Plugin.Activate`: the kinds that the driver implements, by `DriverKind.implements`.
public struct ActivateReply: Codable, Sendable, Equatable {
    @OrEmpty public var implements: [String]

    public init(implements: [String]) { self.implements = implements }

    enum CodingKeys: String, CodingKey { case implements = "Implements" }
}

extension DriverMethod where Request == Empty, Reply == ActivateReply {
    /// The handshake: the first call to every driver.
    public static var activate: Self { Self("Plugin.Activate") }
}
