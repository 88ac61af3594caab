import CNetlink
import Glibc

extension RouteSocket {
    /// Has the kernel drop what comes in by these links and is for 127.0.0.0/8, or pretends to be from there: a queueing
    /// discipline `clsact` with one classic BPF program (tc-bpf(8)). It acts before bridges, connection tracking and
    /// nftables see a packet, and goes with the link.
    ///
    /// A link that has the guard already keeps it. Throws `NetlinkError`: ENOENT, EOPNOTSUPP or EINVAL where the kernel
    /// lacks `sch_ingress` or `cls_bpf`.
    public func guardLoopback(_ links: [(index: Int32, name: String)]) throws {
        try perform(
            links.flatMap { link in
                [
                    try Request.addClassifierAction(index: link.index, named: link.name).tolerating(EEXIST, ENODEV),
                    try Request.addLoopbackFilter(index: link.index, named: link.name).tolerating(EEXIST, ENODEV),
                ]
            })
    }
}

extension Request {
    /// `tc qdisc add dev LINK clsact`.
    fileprivate static func addClassifierAction(index: Int32, named name: String) throws -> Request {
        try traffic(Int32(RTM_NEWQDISC), "add clsact to", name) { header in
            header.tcm_ifindex = index
            header.tcm_parent = clsactParent
            header.tcm_handle = clsactParent & 0xFFFF_0000
        } attributes: { message in
            nla_put_string(message, Int32(TCA_KIND), "clsact")
        }
    }

    /// `tc filter add dev LINK ingress prio 1 handle 1 protocol all bpf direct-action bytecode …`.
    fileprivate static func addLoopbackFilter(index: Int32, named name: String) throws -> Request {
        try traffic(Int32(RTM_NEWTFILTER), "add loopback guard to", name) { header in
            header.tcm_ifindex = index
            header.tcm_parent = clsactParent & 0xFFFF_0000 | 0xFFF2  // TC_H_MIN_INGRESS
            header.tcm_handle = 1
            header.tcm_info = 1 << 16 | UInt32(UInt16(ETH_P_ALL).bigEndian)
        } attributes: { message in
            nla_put_string(message, Int32(TCA_KIND), "bpf")
            let options = nla_nest_start(message, Int32(TCA_OPTIONS))
            let program = LoopbackProgram.instructions
            nla_put_u16(message, Int32(TCA_BPF_OPS_LEN), UInt16(program.count))
            _ = program.withUnsafeBytes { nla_put(message, Int32(TCA_BPF_OPS), Int32($0.count), $0.baseAddress) }
            nla_put_u32(message, Int32(TCA_BPF_FLAGS), 1)  // TCA_BPF_FLAG_ACT_DIRECT
            return nla_nest_end(message, options)
        }
    }

    /// `TC_H_CLSACT` of <linux/pkt_sched.h>.
    private static let clsactParent: UInt32 = 0xFFFF_FFF1

    private static func traffic(
        _ type: Int32, _ operation: String, _ name: String, header fill: (inout tcmsg) -> Void,
        attributes: (OpaquePointer) -> Int32
    ) throws -> Request {
        try Request(operation, name) { made in
            guard let message = nlmsg_alloc_simple(type, Int32(NLM_F_CREATE | NLM_F_EXCL)) else { return -NLE_NOMEM }
            made = message
            var header = tcmsg()
            fill(&header)
            nlmsg_append(message, &header, MemoryLayout<tcmsg>.size, Int32(NLMSG_ALIGNTO))
            return attributes(message)
        }
    }
}

/// What the guard runs for each packet.
private enum LoopbackProgram {
    /// Results of a program that acts by itself: go on, or drop. <linux/pkt_cls.h>
    private static let pass = UInt32.max  // TC_ACT_UNSPEC
    private static let drop: UInt32 = 2  // TC_ACT_SHOT

    /// Where packet facts and the network header begin, of <linux/filter.h>.
    private static let facts = UInt32(bitPattern: -0x1000)
    private static let network = UInt32(bitPattern: -0x10_0000)

    private static func instruction(_ code: Int32, _ k: UInt32, yes: UInt8 = 0, no: UInt8 = 0) -> sock_filter {
        sock_filter(code: UInt16(code), jt: yes, jf: no, k: k)
    }

    private static let loadHalf = BPF_LD | BPF_H | BPF_ABS
    private static let loadByte = BPF_LD | BPF_B | BPF_ABS
    private static let and = BPF_ALU | BPF_AND | BPF_K
    private static let equals = BPF_JMP | BPF_JEQ | BPF_K
    private static let result = BPF_RET | BPF_K

    /// A frame within two tags, the outer one of VLAN 0, would come to the bridge itself without both: it is dropped.
    static let instructions: [sock_filter] = [
        instruction(loadHalf, facts),  // 0: the protocol, SKF_AD_PROTOCOL
        instruction(equals, 0x8100, yes: 1),  // 1: 802.1Q
        instruction(equals, 0x88A8, no: 4),  // 2: 802.1ad, else to 7
        instruction(loadHalf, facts + 44),  // 3: the outer tag, SKF_AD_VLAN_TAG
        instruction(and, 0xFFF),  // 4
        instruction(equals, 0, yes: 8),  // 5: to 14
        instruction(result, pass),  // 6
        instruction(loadByte, network),  // 7: version
        instruction(and, 0xF0),  // 8
        instruction(equals, 0x40, no: 5),  // 9: to 15
        instruction(loadByte, network + 16),  // 10: destination
        instruction(equals, 127, yes: 2),  // 11: to 14
        instruction(loadByte, network + 12),  // 12: source
        instruction(equals, 127, no: 1),  // 13: to 15
        instruction(result, drop),  // 14
        instruction(result, pass),  // 15
    ]
}
