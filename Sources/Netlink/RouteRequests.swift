import Addresses
import CNetlink
import Glibc

extension Request {
    /// Adds a route over a link, which must be up, or takes the place of the one to the same destination.
    public static func setRoute(_ route: Route, index: Int32, named name: String) throws -> Request {
        let object = try routeObject(route, index: index)
        defer { rtnl_route_put(object) }
        return try Request("set route to \(route.destination) over", name) {
            rtnl_route_build_add_request(object, Int32(NLM_F_CREATE | NLM_F_REPLACE), &$0)
        }
    }

    private static func routeObject(_ route: Route, index: Int32) throws -> OpaquePointer {
        let object = rtnl_route_alloc()!
        let destination = NetlinkAddress(route.destination.network)
        rtnl_route_set_family(object, UInt8(route.destination.family.number))
        rtnl_route_set_dst(object, destination.pointer)
        rtnl_route_set_table(object, UInt32(RT_TABLE_MAIN.rawValue))
        rtnl_route_set_protocol(object, UInt8(RTPROT_BOOT))
        rtnl_route_set_type(object, UInt8(RTN_UNICAST))
        let onLink = route.gateway == nil && route.destination.address.isIPv4
        rtnl_route_set_scope(object, UInt8(onLink ? RT_SCOPE_LINK.rawValue : RT_SCOPE_UNIVERSE.rawValue))
        let hop = rtnl_route_nh_alloc()!
        rtnl_route_nh_set_ifindex(hop, index)
        if let gateway = route.gateway {
            let address = NetlinkAddress(gateway)
            rtnl_route_nh_set_gateway(hop, address.pointer)
        }
        rtnl_route_add_nexthop(object, hop)
        return object
    }
}

extension RouteSocket {
    /// Where the routes of the main table lead to, default routes not among them. Routes that refuse or drop what they
    /// match (blackhole, unreachable, prohibit) count, those of multicast and broadcast do not.
    /// - Throws: `NetlinkError` when the kernel does not tell.
    public func destinations(_ family: IPFamily) throws -> [Subnet] {
        let request = try Request("list routes of", "\(family)") { made in
            guard let message = nlmsg_alloc_simple(Int32(RTM_GETROUTE), Int32(NLM_F_ROOT | NLM_F_MATCH)) else {
                return -NLE_NOMEM
            }
            made = message
            var header = rtmsg()
            header.rtm_family = UInt8(family.number)
            header.rtm_table = UInt8(RT_TABLE_MAIN.rawValue)
            return nlmsg_append(message, &header, MemoryLayout<rtmsg>.size, Int32(NLMSG_ALIGNTO))
        }
        let counted = [RTN_UNICAST, RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT].map { UInt8($0) }
        return try query(request) { message in
            let size = MemoryLayout<rtmsg>.size
            guard message.kind == Int32(RTM_NEWROUTE), message.payload.count >= size else { return nil }
            let header = message.payload.loadUnaligned(as: rtmsg.self)
            // A kernel may answer with routes of all tables and families.
            guard counted.contains(header.rtm_type), header.rtm_table == UInt8(RT_TABLE_MAIN.rawValue),
                Int32(header.rtm_family) == family.number, header.rtm_dst_len > 0,
                let bytes = message.attributes(after: size)[Int(RTA_DST.rawValue)]?.bytes,
                let address = IPAddress(bytes: Array(bytes))
            else { return nil }
            return Subnet(containing: address, length: Int(header.rtm_dst_len))
        }
    }
}
