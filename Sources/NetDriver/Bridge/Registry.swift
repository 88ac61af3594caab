import DriverKit
import FoundationEssentials
import NetDriverKernel
import Netlink

/// An endpoint whose interface stands, and how it was made.
struct AttachedEndpoint: Sendable {
    var network: String
    /// Its host's end lets nothing to 127.0.0.0/8 pass.
    var isGuarded = false
    /// No frames between it and other isolated ports of its bridge.
    var isIsolated = false
}

/// What the driver expects to find on the host: what is being made is not in here yet, and what is being taken away is
/// not in here any more.
struct Registry: Sendable {
    /// By id.
    var networks: [String: BridgeNetwork] = [:]
    /// The numbers of their bridges, by network.
    var bridges: [String: Int32] = [:]
    /// By id.
    var endpoints: [String: AttachedEndpoint] = [:]
    /// Endpoints with ports that the host reaches at 127.0.0.0/8, and their networks.
    var loopback: [String: String] = [:]
    /// Networks of which somebody else's link has the bridge's name: told once.
    var displaced: Set<String> = []
    var pace = RepairPace()
    /// When the core was last told of each endpoint whose link was gone, seconds of the monotonic clock. A container that
    /// may change its network can delete its own links.
    private var reports: [String: [Int]] = [:]

    /// Whether the core may be told of a lost endpoint once more: five times in a minute.
    mutating func mayReport(_ endpoint: String) -> Bool {
        let now = RepairPace.seconds()
        let recent = (reports[endpoint] ?? []).filter { $0 > now - 60 }
        guard recent.count < 5 else { return false }
        reports[endpoint] = recent + [now]
        return true
    }

    mutating func forget(endpoint: String) {
        endpoints[endpoint] = nil
        reports[endpoint] = nil
    }

    mutating func put(_ network: BridgeNetwork, index: Int32) {
        networks[network.id] = network
        bridges[network.id] = index
    }

    mutating func forget(network: String) {
        networks[network] = nil
        bridges[network] = nil
        displaced.remove(network)
    }

    /// Whether the network's bridge has to route 127.0.0.0/8.
    func routesLoopback(_ network: String) -> Bool { loopback.values.contains(network) }

    /// Whether there are endpoints on networks whose containers may not talk to each other.
    var hasSilentEndpoints: Bool {
        endpoints.values.contains { networks[$0.network]?.communication == false }
    }

    /// Whether what the kernel tells is not as it should be, so that a closer look is worth while.
    func isSuspicious(_ event: LinkEvent) -> Bool {
        switch event {
        case .lost: return true
        case .addressGone(let index): return bridges.values.contains(index)
        case .gone(let link):
            guard let owner = Owner.id(in: link.alias) else { return false }
            return networks[owner] != nil || endpoints[owner] != nil
        case .present(let link):
            if bridges.values.contains(link.index), Owner.id(in: link.alias) == nil { return true }
            guard let owner = Owner.id(in: link.alias) else { return false }
            if let network = networks[owner] { return !link.isUp || link.name != network.bridge }
            guard let endpoint = endpoints[owner] else { return false }
            return !link.isUp || link.master != bridges[endpoint.network]
        }
    }
}

/// What the host's store has of networks and published ports.
struct StoredNetworks {
    var networks: [BridgeNetwork] = []
    var ports: [PublishedPort] = []
    /// As in `Registry`.
    var loopback: [String: String] = [:]

    /// - Parameter endpoints: Those that count; nil for all.
    init(host: Host, endpoints: Set<String>? = nil) throws {
        for row in try host.list(bucket: BridgeDriver.networkBucket) {
            do {
                networks.append(try BridgeNetwork(stored: row.value))
            } catch {
                host.log(.error, "network \(row.key) in the store is malformed: \(error)")
            }
        }
        for row in try host.list(bucket: BridgeDriver.endpointBucket) where endpoints?.contains(row.key) ?? true {
            do {
                let endpoint = try JSONDecoder().decode(StoredEndpoint.self, from: Data(row.value))
                let published = try endpoint.ports.map { try BridgeDriver.published($0, owner: row.key) }
                ports += published
                if published.contains(where: \.isForLoopback) { loopback[row.key] = endpoint.network }
            } catch {
                host.log(.error, "the ports of endpoint \(row.key) in the store are malformed: \(error)")
            }
        }
    }
}
