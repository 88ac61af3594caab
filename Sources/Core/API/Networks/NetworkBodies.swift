import Model

/// The body of `POST /networks/create`.
package struct CreateNetworkBody: Decodable, Sendable {
    struct IPAM: Decodable, Sendable {
        @OrEmpty var driver: String
        @OrEmpty var options: [String: String]
        var config: [Pool?]?

        enum CodingKeys: String, CodingKey {
            case driver = "Driver", options = "Options", config = "Config"
        }
    }

    struct Pool: Decodable, Sendable {
        @OrEmpty var subnet: String
        @OrEmpty var ipRange: String
        @OrEmpty var gateway: String
        @OrEmpty var auxAddresses: [String: String]

        enum CodingKeys: String, CodingKey {
            case subnet = "Subnet", ipRange = "IPRange", gateway = "Gateway", auxAddresses = "AuxiliaryAddresses"
        }
    }

    struct ConfigReference: Decodable, Sendable {
        @OrEmpty var network: String

        enum CodingKeys: String, CodingKey { case network = "Network" }
    }

    @OrEmpty var name: String
    /// Changes nothing: a second network of the same name is always refused.
    var checkDuplicate: Bool?
    @OrEmpty var driver: String
    @OrEmpty var scope: String
    @OrEmpty var isInternal: Bool
    @OrEmpty var isAttachable: Bool
    @OrEmpty var isIngress: Bool
    @OrEmpty var configOnly: Bool
    var configFrom: ConfigReference?
    var enableIPv4: Bool?
    @OrEmpty var enableIPv6: Bool
    var ipam: IPAM?
    @OrEmpty var options: [String: String]
    @OrEmpty var labels: [String: String]

    enum CodingKeys: String, CodingKey {
        case name = "Name", checkDuplicate = "CheckDuplicate", driver = "Driver", scope = "Scope"
        case isInternal = "Internal", isAttachable = "Attachable", isIngress = "Ingress"
        case configOnly = "ConfigOnly", configFrom = "ConfigFrom", enableIPv4 = "EnableIPv4", enableIPv6 = "EnableIPv6",
            ipam = "IPAM"
        case options = "Options", labels = "Labels"
    }

    /// - Throws: `BerthError.notImplemented` for a network that is only a configuration, or without IPv4.
    package func spec() throws -> NetworkSpec {
        if configOnly { throw BerthError.notImplemented("POST /networks/create with ConfigOnly") }
        if let configFrom, !configFrom.network.isEmpty {
            throw BerthError.notImplemented("POST /networks/create with ConfigFrom")
        }
        if enableIPv4 == false { throw BerthError.notImplemented("POST /networks/create without IPv4") }
        var spec = NetworkSpec(name: name, driver: driver.isEmpty ? "bridge" : driver)
        if let ipam {
            if !ipam.driver.isEmpty { spec.ipamDriver = ipam.driver }
            spec.ipamOptions = ipam.options
            spec.ipam = (ipam.config ?? []).compactMap { $0 }.map { pool in
                NetworkSpecPool(
                    subnet: pool.subnet, ipRange: pool.ipRange, gateway: pool.gateway,
                    auxAddresses: pool.auxAddresses)
            }
        }
        spec.isInternal = isInternal
        spec.isAttachable = isAttachable
        spec.isIngress = isIngress
        spec.enableIPv6 = enableIPv6
        if !scope.isEmpty { spec.scope = scope }
        spec.options = options
        spec.labels = labels
        return spec
    }
}

/// The answer to `POST /networks/create`.
package struct CreateNetworkResponse: JSONWritable {
    package var id: String
    package var warning: String

    package init(id: String, warning: String) {
        self.id = id
        self.warning = warning
    }

    package func write(to json: inout JSONWriter) {
        json.object {
            $0.field("Id", id)
            $0.field("Warning", warning)
        }
    }
}

/// The body of `POST /networks/{id}/connect`.
package struct ConnectNetworkBody: Decodable, Sendable {
    @OrEmpty package var container: String
    package var endpointConfig: EndpointSettings?

    enum CodingKeys: String, CodingKey { case container = "Container", endpointConfig = "EndpointConfig" }
}

/// The body of `POST /networks/{id}/disconnect`.
package struct DisconnectNetworkBody: Decodable, Sendable {
    @OrEmpty package var container: String
    @OrEmpty package var force: Bool

    enum CodingKeys: String, CodingKey { case container = "Container", force = "Force" }
}
