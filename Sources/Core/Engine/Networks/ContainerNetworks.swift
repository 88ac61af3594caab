import Addresses
import Model
import Sandbox
import Spec
import State

extension NetworkService {
    /// The networks a new container is to be on, by name: those that the client names, else the network mode's. One that
    /// is not there is an error at start, as with Docker, so that it may come later.
    /// - Throws: `BerthError.invalidParameter` for bad settings.
    func initial(
        config: ContainerConfig, _ spec: ContainerSpec, networking: NetworkingConfig
    ) throws -> [String: EndpointSettings] {
        if config.networkDisabled || spec.network.isContainer {
            for (_, settings) in networking.endpointsConfig ?? [:] {
                try Self.checkNothingAsked(
                    settings, of: config.networkDisabled ? "no network" : spec.network.description)
            }
            return [:]
        }
        for mode in ["host", "none"] { try Self.checkNothingAsked(networking.endpointsConfig?[mode] ?? nil, of: mode) }
        let asked = try (networking.endpointsConfig ?? [:]).mapValues {
            try EndpointRequests.requested($0 ?? EndpointSettings())
        }
        let main = mainNetwork(of: spec)
        guard !asked.isEmpty else { return [main: EndpointSettings()] }
        var result: [String: EndpointSettings] = [:]
        for (key, settings) in asked { result[spec.network.isCalled(key) ? main : name(of: key)] = settings }
        return result
    }

    /// Where there is no endpoint, nothing can be asked of it.
    private static func checkNothingAsked(_ settings: EndpointSettings?, of mode: String) throws {
        guard let settings else { return }
        let asked: [(String, Bool)] = [
            ("an IP address", settings.ipamConfig?.ipv4Address?.isEmpty == false),
            ("a link-local address", settings.ipamConfig?.linkLocalIPs?.isEmpty == false),
            ("a MAC address", !settings.macAddress.isEmpty), ("driver options", settings.driverOpts?.isEmpty == false),
            ("a gateway priority", settings.gwPriority != 0),
        ]
        guard let first = asked.first(where: \.1) else { return }
        throw BerthError.invalid("conflicting options: \(first.0) and the network mode \(mode)")
    }

    /// By the names of networks, also of those that the client called by their IDs before they were there.
    func named(_ asked: [String: EndpointSettings]) -> [String: EndpointSettings] {
        Dictionary(asked.map { key, settings in (name(of: key), settings) }) { first, _ in first }
    }
}

/// What a client asks of an endpoint.
enum EndpointRequests {
    /// What a client asks for, without what only the engine can say.
    /// - Throws: `BerthError.invalidParameter` for a bad address.
    static func requested(_ settings: EndpointSettings) throws -> EndpointSettings {
        if let address = settings.ipamConfig?.ipv4Address, !address.isEmpty, IPAddress(v4: address) == nil {
            throw BerthError.invalid("invalid IPv4 address: \(address)")
        }
        try MACAddress.check(settings.macAddress)
        for address in settings.ipamConfig?.linkLocalIPs ?? [] { _ = try linkLocal(address) }
        _ = try EndpointOptions(settings.driverOpts ?? [:])
        if !(settings.links ?? []).isEmpty { throw BerthError.notImplemented("links between containers") }
        var requested = settings
        requested.endpointID = ""
        return requested.asked
    }

    /// A further address for an endpoint's interface, with the length that all of them have (RFC 3927).
    /// - Throws: `BerthError`: `.invalidParameter` for another address, `.notImplemented` for IPv6.
    static func linkLocal(_ text: String) throws -> IPPrefix {
        guard let address = IPAddress(v4: text), let range = Subnet("169.254.0.0/16"), range.contains(address),
            let prefix = IPPrefix(address: address, length: range.length)
        else {
            if IPAddress(text)?.isIPv6 == true { throw BerthError.notImplemented("IPv6 link-local address \(text)") }
            throw BerthError.invalid("invalid link-local IP address: \(text)")
        }
        return prefix
    }

}

extension NetworkService {
    /// The name of the network mode's network, which the mode may call by its ID. A network that is not there is an
    /// error at start, as with Docker, so that it may come later.
    fileprivate func mainNetwork(of spec: ContainerSpec) -> String {
        name(of: spec.network.networkName ?? "")
    }

}

extension EndpointService {
    /// What is to be made for a start, the network of the network mode first. One of those that are not internal is the way
    /// out (`wayOut`): the default route and the published ports are there.
    /// - Throws: `BerthError`: `.notFound` for a network that is not there, `.invalidParameter` for names of interfaces
    ///   that cannot be.
    func plans(_ record: ContainerRecord, _ spec: ContainerSpec) throws -> [EndpointPlan] {
        let main = networks.mainNetwork(of: spec)
        var plans: [EndpointPlan] = []
        let names = record.networks.keys.sorted { left, right in
            left == main || (right != main && left < right)
        }
        for name in names where name != "none" && name != "host" {
            let settings = record.networks[name] ?? EndpointSettings()
            let network = try networks.find(name)
            var mac = settings.macAddress
            if mac.isEmpty, plans.isEmpty { mac = record.config.macAddress }
            plans.append(
                EndpointPlan(
                    network: network, settings: settings, interface: "", isGateway: false, ports: [],
                    macAddress: mac))
        }
        try Self.nameInterfaces(&plans)
        let ways = plans.indices.filter { !plans[$0].network.record.isInternal }
        if let gateway = Self.wayOut(ways, rank: { (plans[$0].settings.gwPriority, plans[$0].network.name) }) {
            plans[gateway].isGateway = true
            plans[gateway].ports = spec.published
        }
        return plans
    }

    /// Names that the client has chosen come before numbers.
    private static func nameInterfaces(_ plans: inout [EndpointPlan]) throws {
        var used: Set<String> = []
        for index in plans.indices {
            guard let name = try EndpointOptions(plans[index].settings.driverOpts ?? [:]).interface else { continue }
            guard used.insert(name).inserted else {
                throw BerthError.invalid("\(EndpointOptions.interfaceName) \(name) is given for more than one network")
            }
            plans[index].interface = name
        }
        for index in plans.indices where plans[index].interface.isEmpty {
            plans[index].interface = InterfaceNames.choose(on: plans[index].network.record, beside: used)
            used.insert(plans[index].interface)
        }
    }

}

extension EndpointSettings {
    /// What an inspect shows of a running container's endpoint, over what was asked for.
    func shown(with endpoint: EndpointRecord) -> EndpointSettings {
        var shown = self
        shown.networkID = endpoint.networkID
        shown.endpointID = endpoint.id
        shown.gateway = endpoint.gateway
        shown.ipAddress = IPPrefix.withoutLength(endpoint.address)
        shown.ipPrefixLen = endpoint.address.split(separator: "/").last.flatMap { Int($0) } ?? 0
        shown.macAddress = endpoint.macAddress
        shown.desiredMACAddress = macAddress
        return shown
    }

    /// What remains of it when the container has stopped: what the client asked for.
    var asked: EndpointSettings {
        var asked = EndpointSettings()
        asked.ipamConfig = ipamConfig
        asked.links = links
        asked.aliases = aliases
        asked.driverOpts = driverOpts
        asked.gwPriority = gwPriority
        asked.networkID = networkID
        asked.macAddress = endpointID.isEmpty ? macAddress : desiredMACAddress
        return asked
    }

}

extension PublishedPort {
    /// What `shownPorts` shows, as it is published.
    static func all(shown: [String: [PortBinding]]) -> [PublishedPort] {
        shown.flatMap { key, bindings in
            bindings.compactMap { binding in
                let parts = key.split(separator: "/")
                guard parts.count == 2, let port = Int(parts[0]), let hostPort = Int(binding.hostPort) else {
                    return nil
                }
                return PublishedPort(
                    transport: String(parts[1]), containerPort: port, hostAddress: binding.hostIP, hostPort: hostPort)
            }
        }
    }

}

extension [EndpointRecord] {
    /// Container port → host ports, for an inspect.
    var shownPorts: [String: [PortBinding]] {
        var result: [String: [PortBinding]] = [:]
        for port in flatMap(\.ports) {
            result["\(port.containerPort)/\(port.transport)", default: []].append(
                PortBinding(hostIP: port.hostAddress, hostPort: String(port.hostPort)))
        }
        return result
    }
}
