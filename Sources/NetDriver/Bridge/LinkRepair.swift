import Addresses
import DriverKit
import Glibc
import NetDriverKernel
import Netlink

extension BridgeDriver {
    /// Checks what the kernel's news are about, and puts right what is not as it should be.
    func look(_ change: WatchedChange) -> (pause: Int32, isTimed: Bool) {
        var pause = 0
        if change.isTableTouched {
            do {
                let found = try ruleset.check()
                if !found.isEmpty {
                    host.log(.warning, Self.sentence(found))
                    pause = registry.withLock { $0.pace.next() }
                }
            } catch {
                host.log(.error, "put back nftables table `inet berth`: \(error)")
                pause = registry.withLock { max(1, $0.pace.next()) }
            }
        }
        let isSuspicious = registry.withLock { registry in change.events.contains { registry.isSuspicious($0) } }
        if isSuspicious, mendLinks() { pause = max(pause, registry.withLock { $0.pace.next() }) }
        setIsolation()
        if pause > 0 {
            host.log(.warning, "somebody changes Berth's network again and again: left alone for \(pause) s")
        }
        return (Int32(pause) * 1000, registry.withLock { $0.hasSilentEndpoints })
    }

    /// Puts right bridges and ports of bridges: those that are gone, down, without their address or out of their bridge.
    /// Endpoints whose links are gone are told to the core, which makes them again.
    /// - Parameter isThorough: also gives all of them the settings that they should have; the kernel tells nobody when
    ///   those change.
    /// - Returns: whether anything was found.
    @discardableResult
    func mendLinks(isThorough: Bool = false) -> Bool {
        let (found, lost) = registry.withLock { registry -> ([String], [String]) in
            do {
                var repair = LinkRepair(present: try links.links(), isThorough: isThorough)
                for (id, network) in registry.networks {
                    do {
                        registry.bridges[id] = try mend(network, &registry, &repair)
                    } catch {
                        host.log(.error, "restore network \(id): \(error)")
                    }
                }
                for (id, endpoint) in registry.endpoints {
                    do {
                        registry.endpoints[id] = try mend(id, endpoint, registry, &repair)
                    } catch {
                        host.log(.error, "restore endpoint \(id): \(error)")
                    }
                }
                let lost = repair.lost.filter { registry.mayReport($0) }
                return (repair.found, lost)
            } catch {
                host.log(.error, "check links: \(error)")
                return ([], [])
            }
        }
        for line in found { host.log(.warning, line) }
        for endpoint in lost {
            host.log(.warning, "link `\(Self.hostName(endpoint))` of endpoint \(endpoint) is gone: asked for anew")
            host.lost(endpoint: endpoint)
        }
        return !found.isEmpty
    }

    /// Checks one network's bridge. Gives its number; nil when it is not there.
    private func mend(_ network: BridgeNetwork, _ registry: inout Registry, _ repair: inout LinkRepair) throws -> Int32?
    {
        let name = network.bridge
        let routesLoopback = registry.routesLoopback(network.id)
        let marked = repair.present.first { $0.kind == "bridge" && Owner.id(in: $0.alias) == network.id }
        let named = repair.byName[name]
        // One that has lost its mark is known by its number.
        if let named, !network.owns(named), named.index != registry.bridges[network.id] {
            guard registry.displaced.insert(network.id).inserted else { return nil }
            try ruleset.remove(network.rules)
            throw DriverError.forbidden("its bridge is gone, and link `\(name)` is another's")
        }
        registry.displaced.remove(network.id)
        guard let link = named ?? marked else {
            repair.found.append("bridge `\(name)` of network \(network.id) was gone: made again")
            return try build(network, routesLoopback: routesLoopback)
        }
        var wrong: [String] = []
        if link.name != name {
            wrong.append("called `\(link.name)`")
            try links.perform([
                Request.changeLink(index: link.index, named: link.name, LinkSettings(isUp: false)),
                Request.changeLink(index: link.index, named: link.name, LinkSettings(name: name)),
            ])
        }
        if !link.isUp { wrong.append("down") }
        if let gateway = IPPrefix(network.gateway), try !links.addresses(index: link.index).contains(gateway) {
            wrong.append("without its address \(gateway)")
        }
        if !wrong.isEmpty {
            repair.found.append(
                "bridge `\(name)` of network \(network.id) was \(wrong.joined(separator: " and ")): put right")
        }
        guard !wrong.isEmpty || repair.isThorough else { return link.index }
        return try build(network, routesLoopback: routesLoopback)
    }

    /// Checks one endpoint's port. Gives the endpoint as it is then.
    private func mend(
        _ id: String, _ endpoint: AttachedEndpoint, _ registry: Registry, _ repair: inout LinkRepair
    ) throws -> AttachedEndpoint {
        guard let network = registry.networks[endpoint.network], let bridge = registry.bridges[network.id] else {
            return endpoint
        }
        let name = Self.hostName(id)
        guard let link = repair.byName[name], link.kind == "veth" else {
            repair.lost.append(id)
            return endpoint
        }
        guard link.alias.isEmpty || Owner.id(in: link.alias) == id else { return endpoint }
        var wrong: [String] = []
        if !link.isUp { wrong.append("down") }
        if link.master != bridge { wrong.append("out of its bridge") }
        if !wrong.isEmpty {
            repair.found.append("link `\(name)` of endpoint \(id) was \(wrong.joined(separator: " and ")): put right")
        }
        guard !wrong.isEmpty || repair.isThorough else { return endpoint }
        var mended = endpoint
        mended.isIsolated = isolates(network)
        if registry.routesLoopback(network.id) { mended.isGuarded = try put(.loopback, on: [name]) }
        try silence(name, on: network)
        try links.perform(try portRequests(name, owner: id, bridge: bridge, isolated: mended.isIsolated))
        return mended
    }
}

/// What one round of repair finds.
private struct LinkRepair {
    let present: [Link]
    let byName: [String: Link]
    let isThorough: Bool
    /// In words.
    var found: [String] = []
    /// Endpoints whose links are gone.
    var lost: [String] = []

    init(present: [Link], isThorough: Bool) {
        self.present = present
        self.isThorough = isThorough
        byName = Dictionary(present.map { ($0.name, $0) }) { first, _ in first }
    }
}

/// Networks whose containers may not talk to each other.
extension BridgeDriver {
    /// Whether the network's ports are to be isolated from each other. Where frames within a bridge pass the table, its
    /// rules do it, and published ports are reached from container to container within the bridge.
    func isolates(_ network: BridgeNetwork) -> Bool {
        !network.communication && !BridgeSettings.filtersFrames()
    }

    /// Follows the kernel's setting, of whose change nobody is told.
    func setIsolation() {
        registry.withLock { registry in
            guard registry.hasSilentEndpoints else { return }
            for (id, endpoint) in registry.endpoints {
                guard let network = registry.networks[endpoint.network], !network.communication else { continue }
                let isIsolated = isolates(network)
                guard isIsolated != endpoint.isIsolated else { continue }
                let request = try? Request.setBridgePort(named: Self.hostName(id), isolated: isIsolated)
                guard let request, (try? links.perform([request])) != nil else { continue }
                registry.endpoints[id]?.isIsolated = isIsolated
            }
        }
    }
}
