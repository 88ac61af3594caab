import Addresses
import Glibc
import Netlink

extension Sandbox {
    /// Makes `gateway` the next hop of its family's default route, over the interface `name`, in place of any other.
    public func setDefaultGateway(_ gateway: IPAddress, over name: String) throws {
        let inside = try routeSocket()
        guard let link = try inside.link(named: name) else { throw NetlinkError("find link", name, code: ENODEV) }
        let subnets = try inside.addresses(index: link.index)
        try inside.perform(try defaultRoute(through: gateway, subnets: subnets, index: link.index, named: name))
    }

    /// A next hop outside the interface's subnets is first made known as being on the link.
    func defaultRoute(
        through gateway: IPAddress, subnets: [IPPrefix], index: Int32, named name: String
    ) throws -> [Request] {
        var requests: [Request] = []
        if !subnets.contains(where: { $0.contains(gateway) }) {
            requests.append(try .setRoute(Route(destination: IPPrefix(host: gateway)), index: index, named: name))
        }
        requests.append(try .setRoute(.byDefault(through: gateway), index: index, named: name))
        return requests
    }
}
