import CNetlink
import Glibc

extension RouteSocket {
    /// Has the kernel drop what comes in by these links and a guard does not let pass: a queueing discipline `clsact` with
    /// a classic BPF program (tc-bpf(8)). It acts before bridges, connection tracking and nftables see a packet, and goes
    /// with the link.
    ///
    /// A link that has the guard already keeps it. Throws `NetlinkError`: ENOENT, EOPNOTSUPP or EINVAL where the kernel
    /// lacks `sch_ingress` or `cls_bpf`.
    public func put(_ guardian: PortGuard, on links: [(index: Int32, name: String)]) throws {
        try perform(
            links.flatMap { link in
                [
                    try Request.addClassifierAction(index: link.index, named: link.name).tolerating(EEXIST, ENODEV),
                    try Request.add(guardian, index: link.index, named: link.name).tolerating(EEXIST, ENODEV),
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

    /// `tc filter add dev LINK ingress prio PRIORITY handle 1 protocol all bpf direct-action bytecode …`.
    fileprivate static func add(_ guardian: PortGuard, index: Int32, named name: String) throws -> Request {
        try traffic(Int32(RTM_NEWTFILTER), "add \(guardian.text) to", name) { header in
            header.tcm_ifindex = index
            header.tcm_parent = clsactParent & 0xFFFF_0000 | 0xFFF2  // TC_H_MIN_INGRESS
            header.tcm_handle = 1
            header.tcm_info = guardian.priority << 16 | UInt32(UInt16(ETH_P_ALL).bigEndian)
        } attributes: { message in
            nla_put_string(message, Int32(TCA_KIND), "bpf")
            let options = nla_nest_start(message, Int32(TCA_OPTIONS))
            let program = guardian.instructions
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
