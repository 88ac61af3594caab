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
    /// Lets packets from and to 127.0.0.0/8 be routed over this link.
    public var routeLocalnet = false
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
    /// Creates a bridge. Settings that the kernel takes only on a change (`routeLocalnet`) need a `changeLink` after.
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

    /// Changes a link. `name` is for the errors' words.
    public static func changeLink(index: Int32, named name: String, _ settings: LinkSettings) throws -> Request {
        let link = LinkObject(index: index)
        let changes = LinkObject()
        changes.apply(settings)
        return try Request("change link", name) {
            rtnl_link_build_change_request(link.pointer, changes.pointer, 0, &$0)
        }
    }

    /// Deletes a link; for a veth its peer goes too. The kernel waits for its readers: tens of milliseconds.
    public static func deleteLink(index: Int32, named name: String) throws -> Request {
        let link = LinkObject(index: index)
        return try Request("delete link", name) { rtnl_link_build_delete_request(link.pointer, &$0) }
    }

    /// Sets how a bridge treats one of its ports.
    /// - Parameters:
    ///   - hairpin: Frames may leave through the port they came from.
    ///   - isolated: No frames between this port and other isolated ones.
    public static func setBridgePort(
        index: Int32, named name: String, hairpin: Bool, isolated: Bool
    ) throws -> Request {
        try Request("set bridge port", name) { made in
            guard let message = nlmsg_alloc_simple(Int32(RTM_NEWLINK), 0) else { return -NLE_NOMEM }
            made = message
            var header = ifinfomsg()
            header.ifi_index = index
            nlmsg_append(message, &header, MemoryLayout<ifinfomsg>.size, Int32(NLMSG_ALIGNTO))
            let info = nla_nest_start(message, Int32(IFLA_LINKINFO))
            nla_put_string(message, Int32(IFLA_INFO_SLAVE_KIND), "bridge")
            let data = nla_nest_start(message, Int32(IFLA_INFO_SLAVE_DATA))
            nla_put_u8(message, Int32(IFLA_BRPORT_MODE), hairpin ? 1 : 0)
            nla_put_u8(message, Int32(IFLA_BRPORT_ISOLATED), isolated ? 1 : 0)
            nla_nest_end(message, data)
            return nla_nest_end(message, info)
        }
    }

    private static let createOnly = Int32(NLM_F_CREATE | NLM_F_EXCL)
}
