import DriverKit
import Glibc
import Netlink
import Synchronization

/// What keeps frames of containers away by itself, apart from the packet filter.
extension BridgeDriver {
    /// Guards links. False where the kernel cannot: then the table is all there is.
    func put(_ guardian: PortGuard, on names: [String]) throws -> Bool {
        guard !lacksGuard.load(ordering: .relaxed) else { return false }
        let found = try names.compactMap { name in try links.link(named: name).map { ($0.index, name) } }
        do {
            try links.put(guardian, on: found)
            return true
        } catch let error as NetlinkError where [ENOENT, EOPNOTSUPP, EINVAL].contains(error.code) {
            guard !lacksGuard.exchange(true, ordering: .relaxed) else { return false }
            host.log(
                .warning,
                "the kernel lacks sch_ingress or cls_bpf (\(error)): only the table `inet berth` keeps containers from the "
                    + "host's 127.0.0.0/8, and frames with VLAN tags from those of networks without communication")
            return false
        }
    }

    /// Where containers may not talk to each other, their ports take nothing that `br_netfilter` would not show the table.
    func silence(_ name: String, on network: BridgeNetwork) throws {
        guard !network.communication else { return }
        _ = try put(.plainIPv4, on: [name])
    }
}
