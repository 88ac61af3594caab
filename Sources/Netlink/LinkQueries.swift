import Addresses
import CNetlink
import Glibc

extension RouteSocket {
    /// The link of that name; nil when there is none. One message, whatever the number of links.
    public func link(named name: String) throws -> Link? {
        let request = try Request("find link", name) { rtnl_link_build_get_request(0, name, &$0) }
        return try query(request.tolerating(ENODEV), read: Link.init(_:)).first
    }

    /// The link of that number; nil when there is none.
    public func link(index: Int32) throws -> Link? {
        let request = try Request("find link", "#\(index)") { rtnl_link_build_get_request(index, nil, &$0) }
        return try query(request.tolerating(ENODEV), read: Link.init(_:)).first
    }

    /// All links of the namespace: for a sweep, not for the way of a start.
    public func links() throws -> [Link] {
        let request = try Request("list links", "") { made in
            guard let message = nlmsg_alloc_simple(Int32(RTM_GETLINK), Int32(NLM_F_ROOT | NLM_F_MATCH)) else {
                return -NLE_NOMEM
            }
            made = message
            var header = ifinfomsg()
            return nlmsg_append(message, &header, MemoryLayout<ifinfomsg>.size, Int32(NLMSG_ALIGNTO))
        }
        return try query(request, read: Link.init(_:))
    }
}

extension Link {
    init?(_ message: NetlinkMessage) {
        guard message.kind == Int32(RTM_NEWLINK) else { return nil }
        self.init(any: message)
    }

    /// Reads any message that describes a link, also one that tells of its end.
    init?(any message: NetlinkMessage) {
        let size = MemoryLayout<ifinfomsg>.size
        guard message.payload.count >= size else { return nil }
        let header = message.payload.loadUnaligned(as: ifinfomsg.self)
        let attributes = message.attributes(after: size)
        self.init(
            index: header.ifi_index,
            name: attributes[Int(IFLA_IFNAME)]?.string ?? "",
            kind: attributes[Int(IFLA_LINKINFO)]?.nested[Int(IFLA_INFO_KIND)]?.string ?? "",
            mtu: Int(attributes[Int(IFLA_MTU)]?.uint32 ?? 0),
            mac: attributes[Int(IFLA_ADDRESS)].flatMap { MACAddress(bytes: Array($0.bytes)) },
            master: Int32(bitPattern: attributes[Int(IFLA_MASTER)]?.uint32 ?? 0),
            alias: attributes[Int(IFLA_IFALIAS)]?.string ?? "",
            isUp: header.ifi_flags & Link.upFlag != 0)
    }
}
