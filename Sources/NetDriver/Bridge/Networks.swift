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
            try build(network)
        } catch {
            try? remove(network)
            throw error
        }
        networks.withLock { $0[network.id] = network }
    }

    func deleteNetwork(_ request: DeleteNetworkRequest) throws {
        guard let network = try? network(request.networkID) else { return }
        try remove(network)
    }

    /// Makes the bridge and puts it under its rules; what is there already is left.
    func build(_ network: BridgeNetwork) throws {
        try table.ensure()
        var settings = LinkSettings(mtu: network.mtu)
        try links.perform([Request.createBridge(network.bridge, settings).tolerating(EEXIST)])
        let link = try bridge(of: network)
        settings = LinkSettings(alias: Owner.mark(network.id), isUp: true)
        settings.routeLocalnet = true
        var requests = [try Request.changeLink(index: link.index, named: network.bridge, settings)]
        if let gateway = IPPrefix(network.gateway) {
            requests.append(
                try Request.addAddress(gateway, index: link.index, named: network.bridge).tolerating(EEXIST))
        }
        try links.perform(requests)
        try table.add([network.rules])
    }

    private func remove(_ network: BridgeNetwork) throws {
        try table.remove(network.rules)
        if let link = try links.link(named: network.bridge), network.owns(link) {
            try deletions.deleteBridge(link)
        }
        _ = try host.remove(bucket: Self.networkBucket, key: network.id)
        _ = networks.withLock { $0.removeValue(forKey: network.id) }
    }
}
