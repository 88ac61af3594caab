import Addresses
import CNetlink
import Glibc

extension Request {
    /// Gives a link an address. An IPv4 one gets its subnet's broadcast address, an IPv6 one is usable at once (no
    /// duplicate address detection).
    public static func addAddress(_ prefix: IPPrefix, index: Int32, named name: String) throws -> Request {
        let object = addressObject(prefix, index: index)
        defer { rtnl_addr_put(object) }
        if prefix.address.isIPv4, prefix.length < 31 {
            let last = NetlinkAddress(prefix.lastAddress)
            rtnl_addr_set_broadcast(object, last.pointer)
        } else if prefix.address.isIPv6 {
            rtnl_addr_set_flags(object, UInt32(IFA_F_NODAD))
        }
        return try Request("add address \(prefix) to", name) {
            rtnl_addr_build_add_request(object, Int32(NLM_F_CREATE | NLM_F_EXCL), &$0)
        }
    }

    /// Takes an address from a link.
    public static func deleteAddress(_ prefix: IPPrefix, index: Int32, named name: String) throws -> Request {
        let object = addressObject(prefix, index: index)
        defer { rtnl_addr_put(object) }
        return try Request("delete address \(prefix) from", name) {
            rtnl_addr_build_delete_request(object, 0, &$0)
        }
    }

    private static func addressObject(_ prefix: IPPrefix, index: Int32) -> OpaquePointer {
        let object = rtnl_addr_alloc()!
        let local = NetlinkAddress(prefix)
        rtnl_addr_set_ifindex(object, index)
        rtnl_addr_set_local(object, local.pointer)
        return object
    }
}

extension RouteSocket {
    /// The addresses of a link, or of all links (0), those of IPv6's link-local scope included.
    public func addresses(index: Int32 = 0) throws -> [IPPrefix] {
        let request = try Request("list addresses", index == 0 ? "" : "#\(index)") { made in
            guard let message = nlmsg_alloc_simple(Int32(RTM_GETADDR), Int32(NLM_F_ROOT | NLM_F_MATCH)) else {
                return -NLE_NOMEM
            }
            made = message
            var header = ifaddrmsg()
            header.ifa_index = UInt32(bitPattern: index)
            return nlmsg_append(message, &header, MemoryLayout<ifaddrmsg>.size, Int32(NLMSG_ALIGNTO))
        }
        return try query(request.tolerating(ENODEV)) { message in
            let size = MemoryLayout<ifaddrmsg>.size
            guard message.kind == Int32(RTM_NEWADDR), message.payload.count >= size else { return nil }
            let header = message.payload.loadUnaligned(as: ifaddrmsg.self)
            guard index == 0 || Int32(bitPattern: header.ifa_index) == index else { return nil }
            let attributes = message.attributes(after: size)
            guard let bytes = (attributes[Int(IFA_LOCAL)] ?? attributes[Int(IFA_ADDRESS)])?.bytes,
                let address = IPAddress(bytes: Array(bytes))
            else { return nil }
            return IPPrefix(address: address, length: Int(header.ifa_prefixlen))
        }
    }
}
