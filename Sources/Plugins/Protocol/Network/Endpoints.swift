/// The addresses of an endpoint's interface. An empty text: not given.
public struct EndpointInterface: Codable, Sendable, Equatable {
    /// IPv4 with the subnet's prefix length: "172.17.0.2/16".
    @OrEmpty public var address: String
    /// IPv6 with the subnet's prefix length.
    @OrEmpty public var addressIPv6: String
    /// "02:42:ac:11:00:02".
    @OrEmpty public var macAddress: String

    public init(address: String = "", addressIPv6: String = "", macAddress: String = "") {
        self.address = address
        self.addressIPv6 = addressIPv6
        self.macAddress = macAddress
    }

    enum CodingKeys: String, CodingKey {
        case address = "Address"
        case addressIPv6 = "AddressIPv6"
        case macAddress = "MacAddress"
    }
}

/// `NetworkDriver.CreateEndpoint`.
public struct CreateEndpointRequest: Codable, Sendable, Equatable {
    @OrEmpty public var networkID: String
    @OrEmpty public var endpointID: String
    /// What the core has chosen already; the driver must not answer with a value for what is set here.
    public var interface: EndpointInterface?
    /// Keyed by `NetworkOption`.
    @OrEmpty public var options: [String: JSONValue]

    public init(
        networkID: String, endpointID: String, interface: EndpointInterface? = nil, options: [String: JSONValue] = [:]
    ) {
        self.networkID = networkID
        self.endpointID = endpointID
        self.interface = interface
        self.options = options
    }

    enum CodingKeys: String, CodingKey {
        case networkID = "NetworkID"
        case endpointID = "EndpointID"
        case interface = "Interface"
        case options = "Options"
    }
}

/// The reply to `NetworkDriver.CreateEndpoint`: what the driver has chosen of what was not given.
public struct CreateEndpointReply: Codable, Sendable, Equatable {
    public var interface: EndpointInterface?

    public init(interface: EndpointInterface? = nil) { self.interface = interface }

    enum CodingKeys: String, CodingKey { case interface = "Interface" }
}

/// Names an endpoint: `NetworkDriver.DeleteEndpoint`, `EndpointOperInfo`, `Leave` and `RevokeExternalConnectivity`.
public struct EndpointRequest: Codable, Sendable, Equatable {
    @OrEmpty public var networkID: String
    @OrEmpty public var endpointID: String

    public init(networkID: String, endpointID: String) {
        self.networkID = networkID
        self.endpointID = endpointID
    }

    enum CodingKeys: String, CodingKey {
        case networkID = "NetworkID"
        case endpointID = "EndpointID"
    }
}

/// The reply to `NetworkDriver.EndpointOperInfo`: what the driver tells about an endpoint, keyed by `NetworkOption`
/// (such as the ports it has really published under `portMap`).
public struct EndpointInfoReply: Codable, Sendable, Equatable {
    @OrEmpty public var value: [String: JSONValue]

    public init(value: [String: JSONValue] = [:]) { self.value = value }

    enum CodingKeys: String, CodingKey { case value = "Value" }
}

/// `NetworkDriver.ProgramExternalConnectivity`: publish the ports under `NetworkOption.portMap`.
public struct ExternalConnectivityRequest: Codable, Sendable, Equatable {
    @OrEmpty public var networkID: String
    @OrEmpty public var endpointID: String
    @OrEmpty public var options: [String: JSONValue]

    public init(networkID: String, endpointID: String, options: [String: JSONValue]) {
        self.networkID = networkID
        self.endpointID = endpointID
        self.options = options
    }

    enum CodingKeys: String, CodingKey {
        case networkID = "NetworkID"
        case endpointID = "EndpointID"
        case options = "Options"
    }
}
