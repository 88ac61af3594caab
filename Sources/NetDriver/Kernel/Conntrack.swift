import CNftables
import Glibc
import Netlink

/// The kernel's table of tracked connections, as far as published ports of connectionless transports need it: a flow
/// that was tracked before its port was published, or goes on after, would keep its old way as long as it sends.
struct Conntrack: Sendable {
    let socket: FilterSocket
    let route: RouteSocket

    /// Forgets flows that lead to the container's port by way of the published one.
    func forget(_ ports: [PublishedPort]) throws {
        try forget(ports) { flow, port in flow.answerer == port.address.bytes && flow.answeringPort == port.port }
    }

    /// Forgets flows to the published port that do not lead to the container: those to the host itself.
    func forgetStale(_ ports: [PublishedPort]) throws {
        var local: Set<IPAddress>?
        try forget(ports) { flow, port in
            guard flow.answerer != port.address.bytes, let target = IPAddress(bytes: flow.target) else { return false }
            if let only = port.hostAddress { return target == only }
            let addresses = try local ?? Set(route.addresses().map(\.address))
            local = addresses
            return target.isLoopback || addresses.contains(target)
        }
    }

    private func forget(_ ports: [PublishedPort], where stale: (Flow, PublishedPort) throws -> Bool) throws {
        for port in ports {
            for flow in try flows(to: port) where try stale(flow, port) {
                do {
                    _ = try socket.query(
                        "delete connection to port", "\(port.hostPort)", type: Self.type(IPCTNL_MSG_CT_DELETE),
                        family: AF_INET, flags: NLM_F_ACK,
                        build: { header in
                            mnl_attr_put(
                                header, UInt16(CTA_TUPLE_ORIG.rawValue) | UInt16(NLA_F_NESTED), flow.tuple.count,
                                flow.tuple)
                        },
                        read: { _ in [true] })
                } catch let error as NetlinkError where error.code == ENOENT {
                    continue
                }
            }
        }
    }

    /// The tracked flows whose first packet went to the host's port, of every sender; the kernel does the choosing.
    private func flows(to port: PublishedPort) throws -> [Flow] {
        try socket.query(
            "list connections to port", "\(port.hostPort)", type: Self.type(IPCTNL_MSG_CT_GET), family: AF_INET,
            flags: NLM_F_ROOT | NLM_F_MATCH,
            build: { header in
                let filter = mnl_attr_nest_start(header, UInt16(CTA_FILTER.rawValue))
                mnl_attr_put_u32(header, UInt16(CTA_FILTER_ORIG_FLAGS.rawValue), Self.transportAndTargetPort)
                mnl_attr_nest_end(header, filter)
                let tuple = mnl_attr_nest_start(header, UInt16(CTA_TUPLE_ORIG.rawValue))
                let transport = mnl_attr_nest_start(header, UInt16(CTA_TUPLE_PROTO.rawValue))
                mnl_attr_put_u8(header, UInt16(CTA_PROTO_NUM.rawValue), port.transport)
                mnl_attr_put_u16(header, UInt16(CTA_PROTO_DST_PORT.rawValue), port.hostPort.bigEndian)
                mnl_attr_nest_end(header, transport)
                mnl_attr_nest_end(header, tuple)
            },
            read: { message in
                Flow(message).flatMap { $0.targetPort == port.hostPort ? [$0] : nil } ?? []
            })
    }

    /// Compare the protocol number and the destination port: bits 3 and 5 of the kernel's filter flags.
    private static let transportAndTargetPort: UInt32 = 1 << 3 | 1 << 5

    private static func type(_ message: cntl_msg_types) -> Int32 {
        Int32(NFNL_SUBSYS_CTNETLINK) << 8 | Int32(message.rawValue)
    }
}

/// A tracked flow.
private struct Flow: Sendable {
    /// The original direction's tuple as netlink attributes: what names the flow.
    let tuple: [UInt8]
    /// Where its first packet was sent to.
    let target: [UInt8]
    let targetPort: UInt16
    /// Who answers: the container, when the flow was sent on to one.
    let answerer: [UInt8]
    let answeringPort: UInt16

    init?(_ message: NetlinkMessage) {
        let attributes = message.attributes(after: MemoryLayout<nfgenmsg>.size)
        guard let original = attributes[Int(CTA_TUPLE_ORIG.rawValue)],
            let reply = attributes[Int(CTA_TUPLE_REPLY.rawValue)],
            let target = Self.address(original, CTA_IP_V4_DST), let answerer = Self.address(reply, CTA_IP_V4_SRC),
            let targetPort = Self.port(original, CTA_PROTO_DST_PORT),
            let answeringPort = Self.port(reply, CTA_PROTO_SRC_PORT)
        else { return nil }
        tuple = Array(original.bytes)
        self.target = target
        self.targetPort = targetPort
        self.answerer = answerer
        self.answeringPort = answeringPort
    }

    private static func address(_ tuple: Attribute, _ type: ctattr_ip) -> [UInt8]? {
        tuple.nested[Int(CTA_TUPLE_IP.rawValue)]?.nested[Int(type.rawValue)].map { Array($0.bytes) }
    }

    private static func port(_ tuple: Attribute, _ type: ctattr_l4proto) -> UInt16? {
        guard let bytes = tuple.nested[Int(CTA_TUPLE_PROTO.rawValue)]?.nested[Int(type.rawValue)]?.bytes,
            bytes.count >= 2
        else { return nil }
        return UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    }
}
