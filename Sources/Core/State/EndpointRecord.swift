/// One endpoint: a container's place in a network.
public struct EndpointRecord: Codable, Sendable, Equatable {
    public var id: String
    public var networkID: String
    public var containerID: String
    /// The interface's name inside the sandbox.
    public var interface: String
    public var poolID: String
    /// CIDR; empty until the ipam driver gave it.
    public var address: String
    public var macAddress: String
    public var gateway: String
    public var ports: [PublishedPort]

    public init(id: String, networkID: String, containerID: String) {
        self.id = id
        self.networkID = networkID
        self.containerID = containerID
        self.interface = ""
        self.poolID = ""
        self.address = ""
        self.macAddress = ""
        self.gateway = ""
        self.ports = []
    }
}

/// One published port with its concrete host port.
public struct PublishedPort: Codable, Sendable, Equatable, Hashable {
    /// "tcp", "udp" or "sctp".
    public var transport: String
    public var containerPort: Int
    /// "0.0.0.0" for all.
    public var hostAddress: String
    public var hostPort: Int

    public init(transport: String, containerPort: Int, hostAddress: String, hostPort: Int) {
        self.transport = transport
        self.containerPort = containerPort
        self.hostAddress = hostAddress
        self.hostPort = hostPort
    }
}

// What is kept on disk is read with whatever fields it has: all but those that say what it is have defaults.

extension EndpointRecord {
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            id: try values.decode(String.self, forKey: .id),
            networkID: try values.decode(String.self, forKey: .networkID),
            containerID: try values.decode(String.self, forKey: .containerID))
        interface = try values.decodeIfPresent(String.self, forKey: .interface) ?? ""
        poolID = try values.decodeIfPresent(String.self, forKey: .poolID) ?? ""
        address = try values.decodeIfPresent(String.self, forKey: .address) ?? ""
        macAddress = try values.decodeIfPresent(String.self, forKey: .macAddress) ?? ""
        gateway = try values.decodeIfPresent(String.self, forKey: .gateway) ?? ""
        ports = try values.decodeIfPresent([PublishedPort].self, forKey: .ports) ?? []
    }
}
