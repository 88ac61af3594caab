import DriverKit
import NetDriverKernel
import Netlink
import Synchronization

/// Networks that are a bridge on the host: containers on a subnet of their own, outside by NAT, ports published by
/// nftables maps.
///
/// What it makes carries the owner's id: the bridge and the host's end of each veth pair in their alias, nftables
/// elements in their comment.
final class BridgeDriver: NetworkDriver {
    /// The host store's buckets.
    static let networkBucket = "network"
    static let endpointBucket = "endpoint"

    let host: Host
    let ruleset: Ruleset
    /// For the links of the daemon's own namespace.
    let links: RouteSocket
    let defaultMTU: Int
    let deletions: Deletions
    let registry = Mutex(Registry())
    /// Whether the kernel lacks what the loopback guard needs: said once.
    let lacksGuard = Atomic(false)
    private let watch: NetworkWatch

    init(host: Host, options: DriverOptions) throws {
        try options.allow(["default-mtu"])
        self.host = host
        defaultMTU = Int(options["default-mtu"]?.integer ?? 1500)
        guard (68...65535).contains(defaultMTU) else {
            throw DriverError.invalid("driver option \"default-mtu\": \(defaultMTU) is not between 68 and 65535")
        }
        links = try RouteSocket()
        deletions = Deletions(links: links, host: host)
        let forwarding = try ForwardingSwitch(host: host)
        let mayDrop = options.daemon("ip-forward-no-drop")?.bool != true
        let stored = try StoredNetworks(host: host)
        ruleset = try Ruleset(
            layout: TableLayout(dropsForeign: forwarding.isOurs && mayDrop), networks: stored.networks.map(\.rules),
            ports: stored.ports, users: StoredUserContent.read(from: host),
            report: { found in host.log(.warning, Self.sentence(found)) },
            keep: { content in StoredUserContent.write(content, to: host) })
        registry.withLock { $0.loopback = stored.loopback }
        // The rules stand before anything is forwarded.
        try forwarding.enable()
        watch = try NetworkWatch(table: ruleset.table)
        try watch.start { [weak self] look in self?.look(look) ?? (0, false) }
    }

    deinit { watch.stop() }

    func capabilities() throws -> NetworkCapabilities {
        NetworkCapabilities(scope: "local", connectivityScope: "local")
    }

    /// A network that was created, from memory or, after a restart of the daemon, from the host's store.
    func network(_ id: String) throws -> BridgeNetwork {
        if let network = registry.withLock({ $0.networks[id] }) { return network }
        guard let stored = try host.get(bucket: Self.networkBucket, key: id) else {
            throw DriverError.notFound("network \(id) does not exist")
        }
        return try BridgeNetwork(stored: stored)
    }

    /// The link that is the network's bridge.
    func bridge(of network: BridgeNetwork) throws -> Link {
        guard let link = try links.link(named: network.bridge) else {
            throw DriverError.system("bridge `\(network.bridge)` of network \(network.id) is gone")
        }
        return link
    }

    /// What was found in the table, and that it was put back.
    static func sentence(_ found: [String]) -> String {
        "nftables table `inet berth` was changed by somebody else: \(found.joined(separator: ", ")): put back"
    }
}
