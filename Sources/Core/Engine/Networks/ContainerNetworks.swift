import Model
import Sandbox
import State

extension Engine {
    /// The networks a new container is to be on, by name: those that the client names, else the network mode's.
    /// - Throws: `BerthError.notFound` for an unknown network that is not the network mode's own.
    func initialNetworks(
        config: ContainerConfig, hostConfig: HostConfig, networking: NetworkingConfig
    ) throws -> [String: EndpointSettings] {
        if config.networkDisabled == true || hostConfig.networkMode.hasPrefix("container:") { return [:] }
        let asked = try (networking.endpointsConfig ?? [:]).mapValues { try Self.requested($0 ?? EndpointSettings()) }
        let main = mainNetwork(of: hostConfig)
        guard !asked.isEmpty else { return [main: EndpointSettings()] }
        var result: [String: EndpointSettings] = [:]
        for (key, settings) in asked {
            let isMain = key == hostConfig.networkMode || key == Self.networkName(of: hostConfig)
            result[isMain ? main : try networks.find(key).name] = settings
        }
        return result
    }

    /// What a client asks for, without what only the engine can say.
    /// - Throws: `BerthError.invalidParameter` for a bad address.
    static func requested(_ settings: EndpointSettings) throws -> EndpointSettings {
        if let address = settings.ipamConfig?.ipv4Address, !address.isEmpty, IPv4.parse(address) == nil {
            throw BerthError.invalid("invalid IPv4 address: \(address)")
        }
        if !settings.macAddress.isEmpty, MACAddress(settings.macAddress) == nil {
            throw BerthError.invalid("invalid MAC address: \(settings.macAddress)")
        }
        if !(settings.links ?? []).isEmpty { throw BerthError.notImplemented("links between containers") }
        var requested = settings
        requested.endpointID = ""
        return asked(requested)
    }

    static func networkName(of host: HostConfig) -> String {
        host.networkMode == "default" || host.networkMode.isEmpty ? "bridge" : host.networkMode
    }

    /// The name of the network mode's network, which the mode may call by its ID. A network that is not there is an
    /// error at start, as with Docker, so that it may come later.
    private func mainNetwork(of host: HostConfig) -> String {
        let mode = Self.networkName(of: host)
        return (try? networks.find(mode))?.name ?? mode
    }

    /// What is to be made for a start, the network of the network mode first. The first that is not internal is the way
    /// out: the default route and the published ports are there.
    func endpointPlans(_ record: ContainerRecord) throws -> [EndpointPlan] {
        let main = mainNetwork(of: record.hostConfig)
        let publish = try PublishRequest.all(config: record.config, hostConfig: record.hostConfig)
        var plans: [EndpointPlan] = []
        let names = record.networks.keys.sorted { left, right in
            left == main || (right != main && left < right)
        }
        for name in names where name != "none" && name != "host" {
            let settings = record.networks[name] ?? EndpointSettings()
            let network = try networks.find(name)
            var mac = settings.macAddress
            if mac.isEmpty, plans.isEmpty { mac = record.config.macAddress ?? "" }
            let isGateway = !network.record.isInternal && !plans.contains(where: \.isGateway)
            plans.append(
                EndpointPlan(
                    network: network, settings: settings, interface: "eth\(plans.count)", isGateway: isGateway,
                    ports: isGateway ? publish : [], macAddress: mac))
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
        shown.desiredMACAddress = settings.macAddress
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
        asked.macAddress = settings.endpointID.isEmpty ? settings.macAddress : settings.desiredMACAddress
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
