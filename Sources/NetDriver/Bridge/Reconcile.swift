import DriverKit
import Glibc
import NetDriverKernel
import Netlink

extension BridgeDriver {
    /// Removes what carries our mark and belongs to nothing listed; restores what is listed and missing. What is not
    /// ours is never touched.
    func reconcile(_ request: ReconcileRequest) throws {
        let networkIDs = Set(request.networks)
        let endpointIDs = Set(request.endpoints)
        let madeTable = try table.ensure()
        for link in try links.links() {
            guard let owner = Owner.id(in: link.alias) else { continue }
            let isKept = link.kind == "bridge" ? networkIDs.contains(owner) : endpointIDs.contains(owner)
            guard !isKept, link.kind == "bridge" || link.kind == "veth" else { continue }
            host.log(.info, "remove \(link.kind) `\(link.name)`, which belongs to nothing")
            try? links.perform([Request.deleteLink(index: link.index, named: link.name).tolerating(ENODEV)])
        }
        // A pair whose making was interrupted before it got its mark: ours by its name, and a port of no bridge.
        for link in try links.links() where link.kind == "veth" && link.alias.isEmpty && Self.isOurName(link.name) {
            guard link.master == 0 else { continue }
            try? links.perform([Request.deleteLink(index: link.index, named: link.name).tolerating(ENODEV)])
        }
        try table.removeRules(exceptOf: networkIDs)
        try table.unpublish(table.published().filter { !endpointIDs.contains($0.owner) })
        for id in request.networks {
            guard let network = try? network(id) else { continue }
            let present = try links.link(named: network.bridge)
            if present == nil || madeTable || Owner.id(in: present?.alias ?? "") != id { try build(network) }
        }
        if madeTable {
            for id in request.endpoints { try republish(id) }
        }
    }

    /// "veth" and nine hexadecimal digits.
    private static func isOurName(_ name: String) -> Bool {
        name.hasPrefix("veth") && name.utf8.count == 13 && name.dropFirst(4).allSatisfy(\.isHexDigit)
    }
}
