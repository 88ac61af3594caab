import Model
import Sandbox
import State

extension Engine {
    /// The networks a new container is to be on, by name.
    /// - Throws: `BerthError.notFound` for an unknown network that is not the network mode's own.
    func initialNetworks(
        config: ContainerConfig, hostConfig: HostConfig, networking: NetworkingConfig
    ) throws -> [String: EndpointSettings] {
        if config.networkDisabled == true || hostConfig.networkMode.hasPrefix("container:") { return [:] }
        let asked = (networking.endpointsConfig ?? [:]).mapValues { $0 ?? EndpointSettings() }
        let mode = Self.networkName(of: hostConfig)
        var result: [String: EndpointSettings] = [:]
        for (key, settings) in asked where key != hostConfig.networkMode && key != mode {
            let network = try networks.find(key)
            try Self.checkSettings(settings)
            result[network.name] = settings
        }
        // A network mode that is not there is an error at start, as with Docker, so that it may come later.
        let name = (try? networks.find(mode))?.name ?? mode
        let own = asked[hostConfig.networkMode] ?? asked[mode] ?? asked[name] ?? EndpointSettings()
        try Self.checkSettings(own)
        if result[name] == nil { result[name] = own }
        return result
    }

    private static func checkSettings(_ settings: EndpointSettings) throws {
        if let address = settings.ipamConfig?.ipv4Address, !address.isEmpty, IPv4.parse(address) == nil {
            throw BerthError.invalid("invalid IPv4 address: \(address)")
        }
        if !settings.macAddress.isEmpty, MACAddress(settings.macAddress) == nil {
            throw BerthError.invalid("invalid MAC address: \(settings.macAddress)")
        }
        if !(settings.links ?? []).isEmpty { throw BerthError.notImplemented("links between containers") }
    }

    static func networkName(of host: HostConfig) -> String {
        host.networkMode == "default" || host.networkMode.isEmpty ? "bridge" : host.networkMode
    }

    /// What is to be made for a start, the network of the network mode first.
    func endpointPlans(_ record: ContainerRecord) throws -> [EndpointPlan] {
        let main = Self.networkName(of: record.hostConfig)
        let publish = try PublishRequest.all(config: record.config, hostConfig: record.hostConfig)
        var plans: [EndpointPlan] = []
        let names = record.networks.keys.sorted { left, right in
            left == main || (right != main && left < right)
        }
        for name in names where name != "none" && name != "host" {
            let settings = record.networks[name] ?? EndpointSettings()
            let network = try networks.find(name)
            let isFirst = plans.isEmpty
            var mac = settings.macAddress
            if mac.isEmpty, isFirst { mac = record.config.macAddress ?? "" }
            plans.append(
                EndpointPlan(
                    network: network, settings: settings, interface: "eth\(plans.count)", isGateway: isFirst,
                    ports: isFirst ? publish : [], macAddress: mac))
        }
        return plans
    }

    /// What an inspect shows of a running container's endpoint, over what was asked for.
    static func shown(_ settings: EndpointSettings, _ endpoint: EndpointRecord) -> EndpointSettings {
        var shown = settings
        shown.networkID = endpoint.networkID
        shown.endpointID = endpoint.id
        shown.gateway = endpoint.gateway
        shown.ipAddress = IPv4.withoutPrefix(endpoint.address)
        shown.ipPrefixLen = endpoint.address.split(separator: "/").last.flatMap { Int($0) } ?? 0
        shown.macAddress = endpoint.macAddress
        return shown
    }

    /// What remains of it when the container has stopped: what the client asked for.
    static func asked(_ settings: EndpointSettings) -> EndpointSettings {
        var asked = EndpointSettings()
        asked.ipamConfig = settings.ipamConfig
        asked.links = settings.links
        asked.aliases = settings.aliases
        asked.driverOpts = settings.driverOpts
        asked.networkID = settings.networkID
        return asked
    }

    /// Container port → host ports, for an inspect.
    static func shownPorts(_ endpoints: [EndpointRecord]) -> [String: [PortBinding]] {
        var result: [String: [PortBinding]] = [:]
        for port in endpoints.flatMap(\.ports) {
            result["\(port.containerPort)/\(port.transport)", default: []].append(
                PortBinding(hostIP: port.hostAddress, hostPort: String(port.hostPort)))
        }
        return result
    }
}
