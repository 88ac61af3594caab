import Addresses
import DriverKit
import Glibc
import NetDriverKernel
import Netlink

extension BridgeDriver {
    func createNetwork(_ request: CreateNetworkRequest) throws {
        let network = try BridgeNetwork(request, defaultMTU: defaultMTU)
        if let existing = try links.link(named: network.bridge) {
            guard existing.kind == "bridge" else {
                throw DriverError.forbidden("device name \(network.bridge) is taken by an interface that is no bridge")
            }
            guard Owner.id(in: existing.alias) == network.id else {
                throw DriverError.forbidden("bridge name \(network.bridge) already in use")
            }
        }
        try host.put(bucket: Self.networkBucket, key: network.id, value: network.encoded(), owner: network.id)
        do {
            let index = try build(network, routesLoopback: false)
            registry.withLock { $0.put(network, index: index) }
        } catch {
            try? remove(network)
            throw error
        }
    }

    func deleteNetwork(_ request: DeleteNetworkRequest) throws {
        guard let network = try? network(request.networkID) else { return }
        try remove(network)
    }

    /// Makes the bridge and puts it under its rules; what is there already is left. Gives the link's number.
    @discardableResult
    func build(_ network: BridgeNetwork, routesLoopback: Bool) throws -> Int32 {
        let gateway = IPPrefix(network.gateway)
        // An address of its own: else it has that of one of its ports, and changes it when that one goes.
        let made = LinkSettings(mtu: network.mtu, mac: gateway.flatMap { MACAddress(standingFor: $0.address) })
        try links.perform([Request.createBridge(network.bridge, made).tolerating(EEXIST)])
        let link = try bridge(of: network)
        try BridgeSettings.refuseIPv6(on: network.bridge)
        try ruleset.add(network.rules)
        var settings = LinkSettings(alias: Owner.mark(network.id), isUp: true)
        settings.routeLocalnet = routesLoopback
        var requests = [try Request.changeLink(index: link.index, named: network.bridge, settings)]
        if let gateway {
            requests.append(
                try Request.addAddress(gateway, index: link.index, named: network.bridge).tolerating(EEXIST))
        }
        try links.perform(requests)
        return link.index
    }

    private func remove(_ network: BridgeNetwork) throws {
        registry.withLock { $0.forget(network: network.id) }
        try ruleset.remove(network.rules)
        if let link = try links.link(named: network.bridge), network.owns(link) {
            try deletions.deleteBridge(link)
        }
        _ = try host.remove(bucket: Self.networkBucket, key: network.id)
    }
}
