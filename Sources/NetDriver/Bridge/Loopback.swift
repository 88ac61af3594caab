import DriverKit
import Glibc
import NetDriverKernel
import Netlink

/// 127.0.0.0/8 and bridges: a bridge routes it only while a port is published there, and then nothing of it comes in from
/// a container.
extension BridgeDriver {
    func routesLoopback(_ network: String) -> Bool {
        registry.withLock { $0.routesLoopback(network) }
    }

    /// Lets the host reach the endpoint's ports at 127.0.0.0/8: first every port of the bridge is guarded.
    func openLoopback(for endpoint: String, on network: String) throws {
        let isFirst = registry.withLock { registry in
            let isFirst = !registry.routesLoopback(network)
            registry.loopback[endpoint] = network
            return isFirst
        }
        guard isFirst else { return }
        try guardEndpoints(of: network)
        try routeLoopback(network, true)
    }

    /// The endpoint has no ports there any more.
    func closeLoopback(for endpoint: String) {
        let network = registry.withLock { registry -> String? in
            guard let network = registry.loopback.removeValue(forKey: endpoint) else { return nil }
            return registry.routesLoopback(network) ? nil : network
        }
        guard let network else { return }
        do {
            try routeLoopback(network, false)
        } catch {
            host.log(.warning, "network \(network): \(error)")
        }
    }

    private func routeLoopback(_ id: String, _ routes: Bool) throws {
        let network = try network(id)
        var settings = LinkSettings()
        settings.routeLocalnet = routes
        try links.perform([try Request.changeLink(named: network.bridge, settings).tolerating(ENODEV)])
    }

    /// Guards the ports of a network that are not yet.
    func guardEndpoints(of network: String) throws {
        let open = registry.withLock { registry in
            registry.endpoints.filter { $0.value.network == network && !$0.value.isGuarded }.map(\.key)
        }
        guard !open.isEmpty, try put(.loopback, on: open.map(Self.hostName)) else { return }
        registry.withLock { registry in
            for id in open { registry.endpoints[id]?.isGuarded = true }
        }
    }
}
