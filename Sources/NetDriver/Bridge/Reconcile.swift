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
        try table.ensure()
        let present = try links.links()
        let strays = present.filter { isStray($0, networks: networks, endpoints: endpoints) }
        for link in strays { host.log(.info, "remove \(link.kind) `\(link.name)`, which belongs to nothing") }
        try links.delete(strays)
        let kept = Set(present).subtracting(strays)
        try restore(networks, links: kept)
        try restorePorts(of: endpoints)
        // Those that an earlier version made may lack it.
        let ports = kept.filter { $0.master != 0 && endpoints.contains(Owner.id(in: $0.alias) ?? "") }
        try links.perform(
            ports.map {
                try Request.setBridgePort(named: $0.name, hairpin: true).tolerating(ENODEV, EINVAL, EOPNOTSUPP)
            })
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

    /// Bridges and their rules. One that cannot be restored does not keep the others from it.
    private func restore(_ ids: Set<String>, links: Set<Link>) throws {
        var rules: [BridgeRules] = []
        for id in ids {
            do {
                let network = try network(id)
                let link = links.first { $0.name == network.bridge }
                if link.flatMap({ Owner.id(in: $0.alias) }) != id {
                    guard link.map(network.owns) ?? true else {
                        throw DriverError.forbidden("its bridge is gone, and link `\(network.bridge)` is another's")
                    }
                    try build(network)
                }
                rules.append(network.rules)
            } catch {
                host.log(.error, "restore network \(id): \(error)")
            }
        }
        try table.removeRules(exceptOf: Set(rules.map(\.network)))
        try table.add(rules)
    }

    /// Published ports: exactly those that the store has. An endpoint whose ports cannot be published does not keep the
    /// others from it.
    private func restorePorts(of endpoints: Set<String>) throws {
        let wanted = Set(try storedPorts(of: endpoints))
        let present = Set(try table.published())
        let stale = Array(present.subtracting(wanted))
        try table.unpublish(stale)
        try? table.forgetFlows(to: stale)
        let missing = Array(wanted.subtracting(present))
        for (endpoint, ports) in Dictionary(grouping: missing, by: \.owner) {
            do {
                try table.publish(ports)
            } catch {
                host.log(.error, "publish the ports of endpoint \(endpoint) again: \(error)")
            }
        }
        try? table.forgetStaleFlows(to: missing)
    }

    /// "veth" and nine hexadecimal digits.
    private static func isOurName(_ name: String) -> Bool {
        name.hasPrefix("veth") && name.utf8.count == 13 && name.dropFirst(4).allSatisfy(\.isHexDigit)
    }
}
