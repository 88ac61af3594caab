/// What a network driver can do: the reply to `NetworkDriver.GetCapabilities`.
public struct NetworkCapabilities: Codable, Sendable, Equatable {
    /// "local" or "global": whether a network's existence spans hosts.
    @OrEmpty public var scope: String
    /// "local" or "global": whether its endpoints reach those of other hosts. Empty: as `scope`.
    @OrEmpty public var connectivityScope: String

    public init(scope: String = "local", connectivityScope: String = "") {
        self.scope = scope
        self.connectivityScope = connectivityScope
    }

    enum CodingKeys: String, CodingKey {
        case scope = "Scope"
        case connectivityScope = "ConnectivityScope"
    }
}

/// One address pool of a network.
public struct NetworkPool: Codable, Sendable, Equatable {
    @OrEmpty public var addressSpace: String
    /// The subnet in CIDR: "172.17.0.0/16".
    @OrEmpty public var pool: String
    /// The gateway's address with the subnet's prefix length: "172.17.0.1/16". Empty: none.
    @OrEmpty public var gateway: String
    /// Addresses that the driver uses itself, by its own names, in CIDR.
    @OrEmpty public var auxAddresses: [String: String]

    public init(
        addressSpace: String = "LocalDefault", pool: String, gateway: String = "", auxAddresses: [String: String] = [:]
    ) {
        self.addressSpace = addressSpace
        self.pool = pool
        self.gateway = gateway
        self.auxAddresses = auxAddresses
    }

    enum CodingKeys: String, CodingKey {
        case addressSpace = "AddressSpace"
        case pool = "Pool"
        case gateway = "Gateway"
        case auxAddresses = "AuxAddresses"
    }
}

/// `NetworkDriver.CreateNetwork`. Its `options` are keyed by `NetworkOption`; the user's own are an object of strings
/// under `NetworkOption.generic`.
public struct CreateNetworkRequest: Codable, Sendable, Equatable {
    @OrEmpty public var networkID: String
    @OrEmpty public var options: [String: JSONValue]
    @OrEmpty public var ipv4Data: [NetworkPool]
    @OrEmpty public var ipv6Data: [NetworkPool]

    public init(
        networkID: String, options: [String: JSONValue] = [:], ipv4Data: [NetworkPool] = [],
        ipv6Data: [NetworkPool] = []
    ) {
        self.networkID = networkID
        self.options = options
        self.ipv4Data = ipv4Data
        self.ipv6Data = ipv6Data
    }

    enum CodingKeys: String, CodingKey {
        case networkID = "NetworkID"
        case options = "Options"
        case ipv4Data = "IPv4Data"
        case ipv6Data = "IPv6Data"
    }
}

/// `NetworkDriver.DeleteNetwork`.
public struct DeleteNetworkRequest: Codable, Sendable, Equatable {
    @OrEmpty public var networkID: String

    public init(networkID: String) { self.networkID = networkID }

    enum CodingKeys: String, CodingKey { case networkID = "NetworkID" }
}

/// `NetworkDriver.Reconcile`, Berth's own and optional: at the daemon's start, all that still exists of this driver.
/// The driver removes what it made for anything else, and makes again what the kernel has lost.
public struct ReconcileRequest: Codable, Sendable, Equatable {
    /// Ids of networks.
    @OrEmpty public var networks: [String]
    /// Ids of endpoints.
    @OrEmpty public var endpoints: [String]
    /// The endpoints' networks.
    @OrEmpty public var endpointNetworks: [String: String]

    public init(networks: [String], endpoints: [String], endpointNetworks: [String: String] = [:]) {
        self.networks = networks
        self.endpoints = endpoints
        self.endpointNetworks = endpointNetworks
    }

    enum CodingKeys: String, CodingKey {
        case networks = "Networks"
        case endpoints = "Endpoints"
        case endpointNetworks = "EndpointNetworks"
    }
}

/// `NetworkDriver.DiscoverNew` and `DiscoverDelete`: another host joined or left. Only sent to global drivers.
public struct DiscoveryNotification: Codable, Sendable, Equatable {
    /// 1: a node.
    @OrEmpty public var discoveryType: Int
    public var discoveryData: JSONValue?

    public init(discoveryType: Int, discoveryData: JSONValue?) {
        self.discoveryType = discoveryType
        self.discoveryData = discoveryData
    }

    enum CodingKeys: String, CodingKey {
        case discoveryType = "DiscoveryType"
        case discoveryData = "DiscoveryData"
    }
}
