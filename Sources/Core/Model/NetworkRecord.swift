/// A network: its driver, its pools and what was asked of it.
public struct NetworkRecord: Codable, Sendable, Equatable {
    public var id: String
    public var name: String
    /// Nanoseconds since 1970.
    public var created: Int64
    public var driver: String
    public var ipamDriver: String
    public var ipamOptions: [String: String]
    public var scope: String
    public var isInternal: Bool
    public var isAttachable: Bool
    public var isIngress: Bool
    public var enableIPv6: Bool
    public var options: [String: String]
    public var labels: [String: String]
    public var pools: [NetworkPool]
    /// bridge, host and none: made by the engine, never removed.
    public var isPredefined: Bool
    /// False until the driver has made it; a restart undoes one that is not.
    public var isReady: Bool

    public init(id: String, name: String, created: Int64, driver: String) {
        self.id = id
        self.name = name
        self.created = created
        self.driver = driver
        self.ipamDriver = "default"
        self.ipamOptions = [:]
        self.scope = "local"
        self.isInternal = false
        self.isAttachable = false
        self.isIngress = false
        self.enableIPv6 = false
        self.options = [:]
        self.labels = [:]
        self.pools = []
        self.isPredefined = false
        self.isReady = false
    }
}

/// One address pool of a network.
public struct NetworkPool: Codable, Sendable, Equatable {
    /// The ipam driver's name for it.
    public var poolID: String
    /// CIDR.
    public var subnet: String
    public var ipRange: String
    /// Address without prefix.
    public var gateway: String
    public var auxAddresses: [String: String]
    /// The user chose the subnet; static addresses are allowed only then.
    public var isUserConfigured: Bool

    public init(subnet: String) {
        self.poolID = ""
        self.subnet = subnet
        self.ipRange = ""
        self.gateway = ""
        self.auxAddresses = [:]
        self.isUserConfigured = false
    }
}

/// What a client asks of a new network.
public struct NetworkSpec: Sendable {
    public var name: String
    public var driver: String
    public var ipamDriver: String
    public var ipamOptions: [String: String]
    public var ipam: [NetworkSpecPool]
    public var isInternal = false
    public var isAttachable = false
    public var isIngress = false
    public var enableIPv6 = false
    public var scope = "local"
    public var options: [String: String] = [:]
    public var labels: [String: String] = [:]

    public init(name: String, driver: String = "bridge") {
        self.name = name
        self.driver = driver
        self.ipamDriver = "default"
        self.ipamOptions = [:]
        self.ipam = []
    }
}

public struct NetworkSpecPool: Sendable {
    public var subnet: String
    public var ipRange: String
    public var gateway: String
    public var auxAddresses: [String: String]

    public init(subnet: String = "", ipRange: String = "", gateway: String = "", auxAddresses: [String: String] = [:]) {
        self.subnet = subnet
        self.ipRange = ipRange
        self.gateway = gateway
        self.auxAddresses = auxAddresses
    }
}

/// A network and the containers on it now.
public struct NetworkSnapshot: Sendable {
    public struct Member: Sendable {
        public var containerID: String
        public var name: String
        public var endpointID: String
        public var macAddress: String
        /// CIDR.
        public var ipv4Address: String
        public var ipv6Address: String

        public init(
            containerID: String, name: String, endpointID: String, macAddress: String, ipv4Address: String,
            ipv6Address: String = ""
        ) {
            self.containerID = containerID
            self.name = name
            self.endpointID = endpointID
            self.macAddress = macAddress
            self.ipv4Address = ipv4Address
            self.ipv6Address = ipv6Address
        }
    }

    public var record: NetworkRecord
    public var members: [Member]

    public init(record: NetworkRecord, members: [Member]) {
        self.record = record
        self.members = members
    }
}

// What is kept on disk is read with whatever fields it has: all but those that say what it is have defaults.

extension NetworkRecord {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id), name: try values.decode(String.self, forKey: .name),
            created: 0, driver: try values.decode(String.self, forKey: .driver))
        try values.read(.created, into: &created)
        try values.read(.ipamDriver, into: &ipamDriver)
        try values.read(.ipamOptions, into: &ipamOptions)
        try values.read(.scope, into: &scope)
        try values.read(.isInternal, into: &isInternal)
        try values.read(.isAttachable, into: &isAttachable)
        try values.read(.isIngress, into: &isIngress)
        try values.read(.enableIPv6, into: &enableIPv6)
        try values.read(.options, into: &options)
        try values.read(.labels, into: &labels)
        try values.read(.pools, into: &pools)
        try values.read(.isPredefined, into: &isPredefined)
        try values.read(.isReady, into: &isReady)
    }
}

extension NetworkPool {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(subnet: try values.decode(String.self, forKey: .subnet))
        try values.read(.poolID, into: &poolID)
        try values.read(.ipRange, into: &ipRange)
        try values.read(.gateway, into: &gateway)
        try values.read(.auxAddresses, into: &auxAddresses)
        try values.read(.isUserConfigured, into: &isUserConfigured)
    }
}
