import Glibc
import Netlink

extension Sandbox {
    /// Brings an interface up inside, as planned. On failure it is put back as it was found, and the error thrown.
    public func attach(_ plan: InterfacePlan) throws {
        let inside = try routeSocket()
        var undo: [() throws -> Void] = []
        do {
            let link = try take(plan.source, into: inside, &undo)
            undo.append { try inside.putBack(link, plan) }
            try inside.perform(try settings(for: link, plan))
            if plan.addresses.contains(where: \.address.isIPv6) || plan.gateway6 != nil {
                try allowIPv6(on: plan.name)
            }
            try inside.perform(try addressing(of: link, plan))
        } catch {
            for step in undo.reversed() { try? step() }
            throw error
        }
    }

    /// Takes an interface out of use: down, without addresses and routes, and no more under its name, which the next
    /// interface may have at once. The link is left for its driver to delete. Does nothing when there is no such interface.
    public func detach(_ name: String) throws {
        let inside = try routeSocket()
        guard let link = try inside.link(named: name) else { return }
        var requests = [try Request.changeLink(index: link.index, named: name, LinkSettings(isUp: false))]
        for address in try inside.addresses(index: link.index) {
            requests.append(
                try .deleteAddress(address, index: link.index, named: name).tolerating(EADDRNOTAVAIL, ENODEV))
        }
        requests.append(try .changeLink(index: link.index, named: name, LinkSettings(name: "gone\(link.index)")))
        try inside.perform(requests)
    }

    /// The link by that name inside; else the one in the caller's namespace, moved in.
    private func take(_ name: String, into inside: RouteSocket, _ undo: inout [() throws -> Void]) throws -> Link {
        if let link = try inside.link(named: name) { return link }
        let outside = try RouteSocket()
        guard let link = try outside.link(named: name) else {
            throw NetlinkError("find link", name, code: ENODEV)
        }
        let home = try NetworkNamespace.current()
        let target = try NetworkNamespace(path: path)
        try outside.perform([try .changeLink(index: link.index, named: name, LinkSettings(namespace: target))])
        guard let moved = try inside.link(named: name) else {
            throw NetlinkError("find moved link", name, code: ENODEV)
        }
        undo.append {
            try inside.perform([try .changeLink(index: moved.index, named: name, LinkSettings(namespace: home))])
        }
        return moved
    }

    private func settings(for link: Link, _ plan: InterfacePlan) throws -> [Request] {
        var changes = LinkSettings()
        if link.name != plan.name { changes.name = plan.name }
        if let mac = plan.mac, mac != link.mac { changes.mac = mac }
        if let mtu = plan.mtu, mtu != link.mtu { changes.mtu = mtu }
        guard changes.name != nil || changes.mac != nil || changes.mtu != nil else { return [] }
        return [try .changeLink(index: link.index, named: link.name, changes)]
    }

    private func addressing(of link: Link, _ plan: InterfacePlan) throws -> [Request] {
        var requests = try plan.addresses.map { try Request.addAddress($0, index: link.index, named: plan.name) }
        requests.append(try .changeLink(index: link.index, named: plan.name, LinkSettings(isUp: true)))
        for route in plan.routes where route.gateway == nil {
            requests.append(try .setRoute(route, index: link.index, named: plan.name))
        }
        for route in plan.routes where route.gateway != nil {
            requests.append(try .setRoute(route, index: link.index, named: plan.name))
        }
        for gateway in [plan.gateway, plan.gateway6].compactMap({ $0 }) {
            requests += try defaultRoute(through: gateway, subnets: plan.addresses, index: link.index, named: plan.name)
        }
        return requests
    }

    /// IPv6 is off by default in a sandbox (`SandboxMaker`); the switch is a file of the namespace that reads it.
    private func allowIPv6(on name: String) throws {
        try NetworkNamespace(path: path).run {
            try writeSetting("/proc/sys/net/ipv6/conf/\(name)/disable_ipv6", "0")
        }
    }
}

extension RouteSocket {
    /// Undoes settings and addresses of a plan that failed half way.
    fileprivate func putBack(_ link: Link, _ plan: InterfacePlan) throws {
        var requests = [try Request.changeLink(index: link.index, named: plan.name, LinkSettings(isUp: false))]
        for address in plan.addresses {
            requests.append(try .deleteAddress(address, index: link.index, named: plan.name))
        }
        let former = LinkSettings(name: link.name, mtu: link.mtu, mac: link.mac)
        requests.append(try .changeLink(index: link.index, named: plan.name, former))
        try perform(requests)
    }
}
