/// The reply to `IpamDriver.GetCapabilities`.
public struct IpamCapabilities: Codable, Sendable, Equatable {
    /// RequestAddress must be given the endpoint's MAC address, under `IpamOption.macAddress`.
    @OrEmpty public var requiresMACAddress: Bool
    /// The core sends RequestPool and RequestAddress again after a restart.
    @OrEmpty public var requiresRequestReplay: Bool

    public init(requiresMACAddress: Bool = false, requiresRequestReplay: Bool = false) {
        self.requiresMACAddress = requiresMACAddress
        self.requiresRequestReplay = requiresRequestReplay
    }

    enum CodingKeys: String, CodingKey {
        case requiresMACAddress = "RequiresMACAddress"
        case requiresRequestReplay = "RequiresRequestReplay"
    }
}

/// The reply to `IpamDriver.GetDefaultAddressSpaces`.
public struct AddressSpaces: Codable, Sendable, Equatable {
    @OrEmpty public var localDefaultAddressSpace: String
    @OrEmpty public var globalDefaultAddressSpace: String

    public init(local: String, global: String) {
        localDefaultAddressSpace = local
        globalDefaultAddressSpace = global
    }

    enum CodingKeys: String, CodingKey {
        case localDefaultAddressSpace = "LocalDefaultAddressSpace"
        case globalDefaultAddressSpace = "GlobalDefaultAddressSpace"
    }
}

/// `IpamDriver.RequestPool`.
public struct RequestPoolRequest: Codable, Sendable, Equatable {
    @OrEmpty public var addressSpace: String
    /// The subnet in CIDR. Empty: the driver chooses.
    @OrEmpty public var pool: String
    /// A part of the subnet in CIDR, from which automatic addresses come. Empty: the whole subnet.
    @OrEmpty public var subPool: String
    /// The user's ipam options, and `IpamOption.owner`.
    @OrEmpty public var options: [String: String]
    @OrEmpty public var v6: Bool

    public init(
        addressSpace: String, pool: String = "", subPool: String = "", options: [String: String] = [:], v6: Bool = false
    ) {
        self.addressSpace = addressSpace
        self.pool = pool
        self.subPool = subPool
        self.options = options
        self.v6 = v6
    }

    enum CodingKeys: String, CodingKey {
        case addressSpace = "AddressSpace"
        case pool = "Pool"
        case subPool = "SubPool"
        case options = "Options"
        case v6 = "V6"
    }
}

/// The reply to `IpamDriver.RequestPool`.
public struct RequestPoolReply: Codable, Sendable, Equatable {
    /// The driver's own name for the pool: opaque to the core.
    @OrEmpty public var poolID: String
    /// CIDR.
    @OrEmpty public var pool: String
    @OrEmpty public var data: [String: String]

    public init(poolID: String, pool: String, data: [String: String] = [:]) {
        self.poolID = poolID
        self.pool = pool
        self.data = data
    }

    enum CodingKeys: String, CodingKey {
        case poolID = "PoolID"
        case pool = "Pool"
        case data = "Data"
    }
}

/// `IpamDriver.ReleasePool`.
public struct ReleasePoolRequest: Codable, Sendable, Equatable {
    @OrEmpty public var poolID: String

    public init(poolID: String) { self.poolID = poolID }

    enum CodingKeys: String, CodingKey { case poolID = "PoolID" }
}

/// `IpamDriver.RequestAddress`.
public struct RequestAddressRequest: Codable, Sendable, Equatable {
    @OrEmpty public var poolID: String
    /// The address that the user chose, without a prefix length. Empty: the driver chooses.
    @OrEmpty public var address: String
    /// Keyed by `IpamOption`.
    @OrEmpty public var options: [String: String]

    public init(poolID: String, address: String = "", options: [String: String] = [:]) {
        self.poolID = poolID
        self.address = address
        self.options = options
    }

    enum CodingKeys: String, CodingKey {
        case poolID = "PoolID"
        case address = "Address"
        case options = "Options"
    }
}

/// The reply to `IpamDriver.RequestAddress`.
public struct RequestAddressReply: Codable, Sendable, Equatable {
    /// With the subnet's prefix length: "172.17.0.2/16".
    @OrEmpty public var address: String
    @OrEmpty public var data: [String: String]

    public init(address: String, data: [String: String] = [:]) {
        self.address = address
        self.data = data
    }

    enum CodingKeys: String, CodingKey {
        case address = "Address"
        case data = "Data"
    }
}

/// `IpamDriver.ReleaseAddress`. Releasing what is free already is no error.
public struct ReleaseAddressRequest: Codable, Sendable, Equatable {
    @OrEmpty public var poolID: String
    /// Without a prefix length.
    @OrEmpty public var address: String
    /// Berth's own: `IpamOption.owner`, for whom the address was requested. When it has been given to another one since,
    /// it is that one's, and stays.
    @OrEmpty public var options: [String: String]

    public init(poolID: String, address: String, options: [String: String] = [:]) {
        self.poolID = poolID
        self.address = address
        self.options = options
    }

    enum CodingKeys: String, CodingKey {
        case poolID = "PoolID"
        case address = "Address"
        case options = "Options"
    }
}
