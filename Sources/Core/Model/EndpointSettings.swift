/// One container's place in one network: what was asked for, and what it got (Docker's `EndpointSettings`).
public struct EndpointSettings: Codable, Sendable, Equatable {
    public var ipamConfig: EndpointIPAMConfig?
    public var links: [String]?
    public var aliases: [String]?
    @OrEmpty public var macAddress: String
    /// The MAC address that the client asked for, while `macAddress` says the endpoint's own.
    @OrEmpty public var desiredMACAddress: String
    public var driverOpts: [String: String]?
    /// Of a container's networks that have a way out, the one with the highest is it.
    @OrEmpty public var gwPriority: Int
    @OrEmpty public var networkID: String
    @OrEmpty public var endpointID: String
    @OrEmpty public var gateway: String
    @OrEmpty public var ipAddress: String
    @OrEmpty public var ipPrefixLen: Int
    @OrEmpty public var ipv6Gateway: String
    @OrEmpty public var globalIPv6Address: String
    @OrEmpty public var globalIPv6PrefixLen: Int
    public var dnsNames: [String]?

    public init() {}

    package enum CodingKeys: String, CodingKey {
        case ipamConfig = "IPAMConfig", links = "Links", aliases = "Aliases", macAddress = "MacAddress"
        case desiredMACAddress = "DesiredMacAddress"
        case driverOpts = "DriverOpts", gwPriority = "GwPriority", networkID = "NetworkID", endpointID = "EndpointID"
        case gateway = "Gateway", ipAddress = "IPAddress", ipPrefixLen = "IPPrefixLen"
        case ipv6Gateway = "IPv6Gateway", globalIPv6Address = "GlobalIPv6Address"
        case globalIPv6PrefixLen = "GlobalIPv6PrefixLen", dnsNames = "DNSNames"
    }
}

/// The addresses a client asked for.
public struct EndpointIPAMConfig: Codable, Sendable, Equatable {
    public var ipv4Address: String?
    public var ipv6Address: String?
    public var linkLocalIPs: [String]?

    public init() {}

    package enum CodingKeys: String, CodingKey {
        case ipv4Address = "IPv4Address", ipv6Address = "IPv6Address", linkLocalIPs = "LinkLocalIPs"
    }
}

/// The networks of a new container.
public struct NetworkingConfig: Codable, Sendable, Equatable {
    public var endpointsConfig: [String: EndpointSettings?]?

    public init() {}

    package enum CodingKeys: String, CodingKey { case endpointsConfig = "EndpointsConfig" }
}
