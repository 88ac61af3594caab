import DriverKit
import Glibc
import NetDriverKernel
import Netlink

extension BridgeDriver {
    /// Removes what carries our mark and belongs to nothing listed; restores what is listed and missing, whatever has
    /// happened to it: a flushed ruleset, an earlier version's rules, a bridge that is gone. What is not ours is never
    /// touched.
    func reconcile(_ request: ReconcileRequest) throws {
        let networks = Set(request.networks)
        let endpoints = Set(request.endpoints)
        let present = try links.links()
        let strays = present.filter { isStray($0, networks: networks, endpoints: endpoints) }
        for link in strays { host.log(.info, "remove \(link.kind) `\(link.name)`, which belongs to nothing") }
        try links.delete(strays)
        let stored = try StoredNetworks(host: host, endpoints: endpoints)
        let known = stored.networks.filter { networks.contains($0.id) }
        for id in networks.subtracting(known.map(\.id)) {
            host.log(.error, "restore network \(id): it is not in the store")
        }
        let (removed, added) = try ruleset.settle(networks: known.map(\.rules), ports: stored.ports)
        try? ruleset.table.forgetFlows(to: removed)
        try? ruleset.table.forgetStaleFlows(to: added)
        registry.withLock { registry in
            registry.networks = Dictionary(known.map { ($0.id, $0) }) { $1 }
            registry.loopback = stored.loopback
            for (endpoint, network) in request.endpointNetworks where networks.contains(network) {
                registry.endpoints[endpoint] = AttachedEndpoint(network: network)
            }
        }
        mendLinks(isThorough: true)
    }

    /// Puts right all that may have been changed from outside.
    func check() throws {
        let found = try ruleset.check()
        if !found.isEmpty { host.log(.warning, Self.sentence(found)) }
        if try !Forwarding.isEnabled() {
            try Forwarding.enable()
            host.log(.warning, "net.ipv4.ip_forward was switched off: switched on again")
        }
        mendLinks(isThorough: true)
    }

    private func isStray(_ link: Link, networks: Set<String>, endpoints: Set<String>) -> Bool {
        switch (link.kind, Owner.id(in: link.alias)) {
        case ("bridge", let owner?): !networks.contains(owner)
        case ("veth", let owner?): !endpoints.contains(owner)
        // A pair whose making was interrupted before it got its mark: ours by its name, and a port of no bridge.
        case ("veth", nil): link.alias.isEmpty && link.master == 0 && Self.isOurName(link.name)
        default: false
        }
    }

    /// "veth" and nine hexadecimal digits.
    private static func isOurName(_ name: String) -> Bool {
        name.hasPrefix("veth") && name.utf8.count == 13 && name.dropFirst(4).allSatisfy(\.isHexDigit)
    }
}
