import Addresses
import CNetlink

/// A libnl link object, released with this value. Not shared between threads.
final class LinkObject {
    let pointer: OpaquePointer

    init(kind: String? = nil, index: Int32 = 0) {
        pointer = rtnl_link_alloc()
        if let kind { rtnl_link_set_type(pointer, kind) }
        if index != 0 { rtnl_link_set_ifindex(pointer, index) }
    }

    init(adopting pointer: OpaquePointer) { self.pointer = pointer }

    deinit { rtnl_link_put(pointer) }

    func apply(_ settings: LinkSettings) {
        if let name = settings.name { rtnl_link_set_name(pointer, name) }
        if let mtu = settings.mtu { rtnl_link_set_mtu(pointer, UInt32(mtu)) }
        if let master = settings.master { rtnl_link_set_master(pointer, master) }
        if let alias = settings.alias { rtnl_link_set_ifalias(pointer, alias) }
        if let namespace = settings.namespace { rtnl_link_set_ns_fd(pointer, namespace.descriptor) }
        if let mac = settings.mac {
            let address = NetlinkAddress(mac)
            rtnl_link_set_addr(pointer, address.pointer)
        }
        switch settings.isUp {
        case true?: rtnl_link_set_flags(pointer, Link.upFlag)
        case false?: rtnl_link_unset_flags(pointer, Link.upFlag)
        case nil: break
        }
        if let routeLocalnet = settings.routeLocalnet {
            rtnl_link_inet_set_conf(pointer, UInt32(IPV4_DEVCONF_ROUTE_LOCALNET), routeLocalnet ? 1 : 0)
        }
        if settings.noLinkLocal { rtnl_link_inet6_set_addr_gen_mode(pointer, 1) }
    }
}

/// A libnl abstract address, released with this value.
final class NetlinkAddress {
    let pointer: OpaquePointer

    init(_ mac: MACAddress) {
        pointer = nl_addr_build(AF_LLC, mac.bytes, mac.bytes.count)
    }

    init(_ address: IPAddress) {
        pointer = nl_addr_build(address.family.number, address.bytes, address.bytes.count)
        nl_addr_set_prefixlen(pointer, Int32(address.family.bits))
    }

    init(_ prefix: IPPrefix) {
        pointer = nl_addr_build(prefix.family.number, prefix.address.bytes, prefix.address.bytes.count)
        nl_addr_set_prefixlen(pointer, Int32(prefix.length))
    }

    deinit { nl_addr_put(pointer) }
}
