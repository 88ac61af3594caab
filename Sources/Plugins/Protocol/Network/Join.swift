/// `NetworkDriver.Join`: the container's network namespace is there, connect the endpoint to it.
public struct JoinRequest: Codable, Sendable, Equatable {
    @OrEmpty public var networkID: String
    @OrEmpty public var endpointID: String
    /// The path of the container's network namespace.
    @OrEmpty public var sandboxKey: String
    @OrEmpty public var options: [String: JSONValue]

    public init(networkID: String, endpointID: String, sandboxKey: String, options: [String: JSONValue] = [:]) {
        self.networkID = networkID
        self.endpointID = endpointID
        self.sandboxKey = sandboxKey
        self.options = options
    }

    enum CodingKeys: String, CodingKey {
        case networkID = "NetworkID"
        case endpointID = "EndpointID"
        case sandboxKey = "SandboxKey"
        case options = "Options"
    }
}

/// Which interface the core moves into the container, and what it is called there.
public struct InterfaceName: Codable, Sendable, Equatable {
    /// Its name in the host's namespace, or in the sandbox's if the driver has put it there already.
    @OrEmpty public var srcName: String
    /// Its name in the container. Empty: `dstPrefix` and the first free number.
    @OrEmpty public var dstName: String
    /// The beginning of its name in the container: "eth".
    @OrEmpty public var dstPrefix: String

    public init(srcName: String, dstName: String = "", dstPrefix: String = "eth") {
        self.srcName = srcName
        self.dstName = dstName
        self.dstPrefix = dstPrefix
    }

    enum CodingKeys: String, CodingKey {
        case srcName = "SrcName"
        case dstName = "DstName"
        case dstPrefix = "DstPrefix"
    }
}

/// A route that the core adds in the container.
public struct StaticRoute: Codable, Sendable, Equatable {
    /// Docker's numbers for the kinds of route.
    public enum RouteType {
        /// By way of `nextHop`.
        public static let nextHop = 0
        /// On the interface itself.
        public static let connected = 1
    }

    /// CIDR.
    @OrEmpty public var destination: String
    @OrEmpty public var routeType: Int
    /// An address. Empty for `connected`.
    @OrEmpty public var nextHop: String

    public init(destination: String, routeType: Int = RouteType.nextHop, nextHop: String = "") {
        self.destination = destination
        self.routeType = routeType
        self.nextHop = nextHop
    }

    enum CodingKeys: String, CodingKey {
        case destination = "Destination"
        case routeType = "RouteType"
        case nextHop = "NextHop"
    }
}

/// The reply to `NetworkDriver.Join`: what the core does inside the container's namespace.
public struct JoinReply: Codable, Sendable, Equatable {
    /// Nil, or one with an empty `srcName`: no interface.
    public var interfaceName: InterfaceName?
    /// An address. Empty: no default route by way of this endpoint.
    @OrEmpty public var gateway: String
    @OrEmpty public var gatewayIPv6: String
    @OrEmpty public var staticRoutes: [StaticRoute]
    /// True: the container needs no other network as a way out.
    @OrEmpty public var disableGatewayService: Bool

    public init(
        interfaceName: InterfaceName?, gateway: String = "", gatewayIPv6: String = "",
        staticRoutes: [StaticRoute] = [], disableGatewayService: Bool = false
    ) {
        self.interfaceName = interfaceName
        self.gateway = gateway
        self.gatewayIPv6 = gatewayIPv6
        self.staticRoutes = staticRoutes
        self.disableGatewayService = disableGatewayService
    }

    enum CodingKeys: String, CodingKey {
        case interfaceName = "InterfaceName"
        case gateway = "Gateway"
        case gatewayIPv6 = "GatewayIPv6"
        case staticRoutes = "StaticRoutes"
        case disableGatewayService = "DisableGatewayService"
    }
}
