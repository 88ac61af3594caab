import CNetlink
import Glibc

extension RouteSocket {
    /// Deletes links together; those of a veth take their peers along, and those that are gone already do no harm.
    ///
    /// The kernel waits for its readers (RCU) before a link is gone, tens of milliseconds, and does so once for all that
    /// go with one request. Only a group can be named by one request, so the links are first put into a group of their
    /// own (rtnetlink(7), `IFLA_GROUP`), under a random number that nobody else uses.
    public func delete(_ links: [Link]) throws {
        guard !links.isEmpty else { return }
        let group = UInt32.random(in: 1...UInt32(Int32.max))
        let requests = try links.map { try Request.setGroup(group, index: $0.index, named: $0.name).tolerating(ENODEV) }
        let names = links.map(\.name).joined(separator: "`, `")
        try perform(requests + [Request.deleteGroup(group, named: names).tolerating(ENODEV)])
    }
}

extension Request {
    /// Puts a link into a group, out of the one that it is in.
    fileprivate static func setGroup(_ group: UInt32, index: Int32, named name: String) throws -> Request {
        try link(Int32(RTM_NEWLINK), group, index: index, "set group of link", name)
    }

    /// Deletes all links of a group. - Parameter name: For the errors' words alone.
    fileprivate static func deleteGroup(_ group: UInt32, named name: String) throws -> Request {
        try link(Int32(RTM_DELLINK), group, index: 0, "delete links", name)
    }

    private static func link(
        _ type: Int32, _ group: UInt32, index: Int32, _ operation: String, _ name: String
    ) throws -> Request {
        try Request(operation, name) { made in
            guard let message = nlmsg_alloc_simple(type, 0) else { return -NLE_NOMEM }
            made = message
            var header = ifinfomsg()
            header.ifi_index = index
            nlmsg_append(message, &header, MemoryLayout<ifinfomsg>.size, Int32(NLMSG_ALIGNTO))
            return nla_put_u32(message, Int32(IFLA_GROUP), group)
        }
    }
}
