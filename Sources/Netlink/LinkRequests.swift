import Addresses
import CNetlink
import Glibc

/// What to set on a link; nil leaves as it is.
public struct LinkSettings: Sendable {
    public var name: String?
    /// Bytes.
    public var mtu: Int?
    public var mac: MACAddress?
    /// The bridge to become a port of; 0 leaves the present one.
    public var master: Int32?
    /// The interface alias (at most 255 bytes): who owns it.
    public var alias: String?
    public var isUp: Bool?
    /// The namespace to move to.
    public var namespace: NetworkNamespace?
    /// Whether packets from and to 127.0.0.0/8 may be routed over this link.
    public var routeLocalnet: Bool?
    /// Gives no IPv6 link-local address by itself.
    public var noLinkLocal = false

    public init(
        name: String? = nil, mtu: Int? = nil, mac: MACAddress? = nil, master: Int32? = nil, alias: String? = nil,
        isUp: Bool? = nil, namespace: NetworkNamespace? = nil
    ) {
        self.name = name
        self.mtu = mtu
        self.mac = mac
        self.master = master
        self.alias = alias
        self.isUp = isUp
        self.namespace = namespace
    }
}

extension Request {
    /// Creates a bridge. Settings that the kernel takes only on a change (`routeLocalnet`, `noLinkLocal`) need a `changeLink` after.
    public static func createBridge(_ name: String, _ settings: LinkSettings = LinkSettings()) throws -> Request {
        let link = LinkObject(kind: "bridge")
        var settings = settings
        settings.name = name
        link.apply(settings)
        return try Request("create bridge", name) { rtnl_link_build_add_request(link.pointer, createOnly, &$0) }
    }

    /// Creates a pair of virtual Ethernet links, the peer directly in another namespace if its settings name one.
    public static func createVeth(
        _ name: String, _ settings: LinkSettings, peer: String, _ peerSettings: LinkSettings
    ) throws -> Request {
        let link = LinkObject(adopting: rtnl_link_veth_alloc())
        let other = LinkObject(adopting: rtnl_link_veth_get_peer(link.pointer))
        var settings = settings
        settings.name = name
        link.apply(settings)
        var peerSettings = peerSettings
        peerSettings.name = peer
        other.apply(peerSettings)
        return try Request("create veth", name) { rtnl_link_build_add_request(link.pointer, createOnly, &$0) }
    }

    /// Changes a link. With a number, `name` is for the errors' words alone; without one it chooses the link.
    public static func changeLink(
        index: Int32 = 0, named name: String, _ settings: LinkSettings
    ) throws -> Request {
        let link = LinkObject(index: index)
        let changes = LinkObject()
        changes.apply(settings)
        if index == 0 { rtnl_link_set_name(changes.pointer, name) }
        return try Request("change link", name) {
            rtnl_link_build_change_request(link.pointer, changes.pointer, 0, &$0)
        }
    }

    /// Deletes a link; for a veth its peer goes too. The kernel waits for its readers: tens of milliseconds.
    public static func deleteLink(index: Int32, named name: String) throws -> Request {
        let link = LinkObject(index: index)
        return try Request("delete link", name) { rtnl_link_build_delete_request(link.pointer, &$0) }
    }

    /// Sets how a bridge treats the port of that name; nil leaves as it is.
    /// - Parameters:
    ///   - hairpin: Frames may leave through the port they came from.
    ///   - isolated: No frames between this port and other isolated ones.
    ///   - blocked: No frames at all, at once.
    public static func setBridgePort(
        named name: String, hairpin: Bool? = nil, isolated: Bool? = nil, blocked: Bool? = nil
    ) throws -> Request {
        try Request("set bridge port", name) { made in
            guard let message = nlmsg_alloc_simple(Int32(RTM_NEWLINK), 0) else { return -NLE_NOMEM }
            made = message
            var header = ifinfomsg()
            nlmsg_append(message, &header, MemoryLayout<ifinfomsg>.size, Int32(NLMSG_ALIGNTO))
            nla_put_string(message, Int32(IFLA_IFNAME), name)
            let info = nla_nest_start(message, Int32(IFLA_LINKINFO))
            nla_put_string(message, Int32(IFLA_INFO_SLAVE_KIND), "bridge")
            let data = nla_nest_start(message, Int32(IFLA_INFO_SLAVE_DATA))
            if let hairpin { nla_put_u8(message, Int32(IFLA_BRPORT_MODE), hairpin ? 1 : 0) }
            if let isolated { nla_put_u8(message, Int32(IFLA_BRPORT_ISOLATED), isolated ? 1 : 0) }
            if let blocked {
                nla_put_u8(message, Int32(IFLA_BRPORT_STATE), UInt8(blocked ? BR_STATE_DISABLED : BR_STATE_FORWARDING))
            }
            nla_nest_end(message, data)
            return nla_nest_end(message, info)
        }
    }

    private static let createOnly = Int32(NLM_F_CREATE | NLM_F_EXCL)
}
