import Addresses
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
        guard !ports.isEmpty else { return }
        let byPort = Dictionary(grouping: ports, by: \.hostPort)
        for flow in try flows(to: byPort) {
            guard try byPort[flow.targetPort]?.contains(where: { try stale(flow, $0) }) == true else { continue }
            do {
                _ = try socket.query(
                    "delete connection to port", "\(flow.targetPort)", type: Self.type(IPCTNL_MSG_CT_DELETE),
                    family: AF_INET, flags: NLM_F_ACK,
                    build: { header in
                        let type = UInt16(CTA_TUPLE_ORIG.rawValue) | UInt16(NLA_F_NESTED)
                        mnl_attr_put(header, type, flow.tuple.count, flow.tuple)
                    },
                    read: { _ in [true] })
            } catch let error as NetlinkError where error.code == ENOENT {
                continue
            }
        }
    }

    /// The tracked UDP flows whose first packet went to one of the host's ports, of every sender. The kernel chooses by
    /// transport, and by port when there is but one.
    private func flows(to ports: [UInt16: [PublishedPort]]) throws -> [Flow] {
        let only = ports.count == 1 ? ports.first?.key : nil
        return try socket.query(
            "list connections", "", type: Self.type(IPCTNL_MSG_CT_GET), family: AF_INET,
            flags: NLM_F_ROOT | NLM_F_MATCH,
            build: { header in
                let filter = mnl_attr_nest_start(header, UInt16(CTA_FILTER.rawValue))
                mnl_attr_put_u32(
                    header, UInt16(CTA_FILTER_ORIG_FLAGS.rawValue),
                    Self.compareTransport | (only == nil ? 0 : Self.comparePort))
                mnl_attr_nest_end(header, filter)
                let tuple = mnl_attr_nest_start(header, UInt16(CTA_TUPLE_ORIG.rawValue))
                let transport = mnl_attr_nest_start(header, UInt16(CTA_TUPLE_PROTO.rawValue))
                mnl_attr_put_u8(header, UInt16(CTA_PROTO_NUM.rawValue), UInt8(IPPROTO_UDP))
                if let only { mnl_attr_put_u16(header, UInt16(CTA_PROTO_DST_PORT.rawValue), only.bigEndian) }
                mnl_attr_nest_end(header, transport)
                mnl_attr_nest_end(header, tuple)
            },
            read: { message in
                Flow(message).flatMap { ports[$0.targetPort] == nil ? nil : [$0] } ?? []
            })
    }

    /// Bits of the kernel's filter flags: compare the protocol number, compare the destination port.
    private static let compareTransport: UInt32 = 1 << 3
    private static let comparePort: UInt32 = 1 << 5

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
