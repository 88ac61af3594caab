/// Names of options that the core gives to network drivers: Docker's labels.
public enum NetworkOption {
    /// CreateNetwork: the user's own driver options, an object of strings.
    public static let generic = "com.docker.network.generic"
    /// CreateNetwork: true for a network without a way out.
    public static let isInternal = "com.docker.network.internal"
    /// CreateNetwork: true if the network has IPv6.
    public static let enableIPv6 = "com.docker.network.enable_ipv6"
    /// CreateEndpoint: the MAC address that the user chose.
    public static let macAddress = "com.docker.network.endpoint.macaddress"
    /// CreateEndpoint and ProgramExternalConnectivity: an array of `PortBinding`.
    public static let portMap = "com.docker.network.portmap"
    /// CreateEndpoint: an array of `TransportPort`.
    public static let exposedPorts = "com.docker.network.endpoint.exposedports"
    /// CreateEndpoint: the interface's name in the container, which the core gives it.
    public static let interfaceName = "com.docker.network.endpoint.ifname"
    /// CreateEndpoint: kernel parameters of the interface, which the core sets.
    public static let interfaceSettings = "com.docker.network.endpoint.sysctls"

    /// What the options of a CreateEndpoint may be that need nothing of a driver's own.
    public static let ofEndpoints: Set<String> = [
        macAddress, portMap, exposedPorts, interfaceName, interfaceSettings,
    ]
}

/// A port of a container that is published on the host, in the JSON of Docker's network drivers.
public struct PortBinding: Codable, Sendable, Equatable {
    /// The IP protocol's number: 6 is TCP, 17 is UDP, 132 is SCTP.
    @OrEmpty public var proto: Int
    /// The container's address. Empty in a request.
    @OrEmpty public var ip: String
    /// The container's port.
    @OrEmpty public var port: Int
    /// The host's address to bind. Empty: all.
    @OrEmpty public var hostIP: String
    /// The host's port, or the first of a range. 0: any free one.
    @OrEmpty public var hostPort: Int
    /// The last port of the range; as `hostPort`, or 0, for one port.
    @OrEmpty public var hostPortEnd: Int

    public init(
        proto: Int, ip: String = "", port: Int, hostIP: String = "", hostPort: Int = 0, hostPortEnd: Int = 0
    ) {
        self.proto = proto
        self.ip = ip
        self.port = port
        self.hostIP = hostIP
        self.hostPort = hostPort
        self.hostPortEnd = hostPortEnd
    }

    enum CodingKeys: String, CodingKey {
        case proto = "Proto"
        case ip = "IP"
        case port = "Port"
        case hostIP = "HostIP"
        case hostPort = "HostPort"
        case hostPortEnd = "HostPortEnd"
    }
}

/// A port that a container exposes.
public struct TransportPort: Codable, Sendable, Equatable {
    /// The IP protocol's number.
    @OrEmpty public var proto: Int
    @OrEmpty public var port: Int

    public init(proto: Int, port: Int) {
        self.proto = proto
        self.port = port
    }

    enum CodingKeys: String, CodingKey {
        case proto = "Proto"
        case port = "Port"
    }
}

extension JSONValue {
    /// The ports as the value of `NetworkOption.portMap`.
    public static func ports(_ bindings: [PortBinding]) -> JSONValue {
        .array(
            bindings.map { binding in
                [
                    "Proto": .integer(Int64(binding.proto)), "IP": .string(binding.ip),
                    "Port": .integer(Int64(binding.port)), "HostIP": .string(binding.hostIP),
                    "HostPort": .integer(Int64(binding.hostPort)),
                    "HostPortEnd": .integer(Int64(binding.hostPortEnd)),
                ]
            })
    }

    /// The value of `NetworkOption.portMap` as ports. Throws `DriverError.invalid` if it is something else.
    public func ports() throws(DriverError) -> [PortBinding] {
        if case .null = self { return [] }
        guard let elements = array else { throw .invalid("invalid port map: not an array") }
        var bindings: [PortBinding] = []
        bindings.reserveCapacity(elements.count)
        for element in elements {
            guard let members = element.object else { throw .invalid("invalid port map: not an object") }
            func number(_ key: String, upTo limit: Int64) throws(DriverError) -> Int {
                guard let value = members[key], value != .null else { return 0 }
                guard let number = value.integer, 0...limit ~= number else {
                    throw .invalid("invalid port map: \(key) is not a number from 0 to \(limit)")
                }
                return Int(number)
            }
            bindings.append(
                PortBinding(
                    proto: try number("Proto", upTo: 255), ip: members["IP"]?.string ?? "",
                    port: try number("Port", upTo: 65535), hostIP: members["HostIP"]?.string ?? "",
                    hostPort: try number("HostPort", upTo: 65535),
                    hostPortEnd: try number("HostPortEnd", upTo: 65535)))
        }
        return bindings
    }
}
