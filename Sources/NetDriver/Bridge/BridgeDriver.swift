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
    let table: FilterTable
    /// For the links of the daemon's own namespace.
    let links: RouteSocket
    let defaultMTU: Int
    let deletions: Deletions
    let networks = Mutex<[String: BridgeNetwork]>([:])

    init(host: Host, options: DriverOptions) throws {
        try options.allow(["default-mtu"])
        self.host = host
        defaultMTU = Int(options["default-mtu"]?.integer ?? 1500)
        guard (68...65535).contains(defaultMTU) else {
            throw DriverError.invalid("driver option \"default-mtu\": \(defaultMTU) is not between 68 and 65535")
        }
        table = try FilterTable()
        links = try RouteSocket()
        deletions = Deletions(links: links, host: host)
        try table.ensure()
        try Forwarding.enable()
    }

    func capabilities() throws -> NetworkCapabilities {
        NetworkCapabilities(scope: "local", connectivityScope: "local")
    }

    /// A network that was created, from memory or, after a restart of the daemon, from the host's store.
    func network(_ id: String) throws -> BridgeNetwork {
        if let network = networks.withLock({ $0[id] }) { return network }
        guard let stored = try host.get(bucket: Self.networkBucket, key: id) else {
            throw DriverError.notFound("network \(id) does not exist")
        }
        let network = try BridgeNetwork(stored: stored)
        networks.withLock { $0[id] = network }
        return network
    }

    /// The link that is the network's bridge.
    func bridge(of network: BridgeNetwork) throws -> Link {
        guard let link = try links.link(named: network.bridge) else {
            throw DriverError.system("bridge `\(network.bridge)` of network \(network.id) is gone")
        }
        return link
    }
}
