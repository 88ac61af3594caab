import Glibc
import Netlink

extension FilterTable {
    /// Publishes ports, all or none, in one transaction whose cost does not depend on how many are published already.
    /// Those that stand already are left; `forgetStaleFlows` belongs after. Throws `NetlinkError` with EBUSY when one leads elsewhere, ENOENT without a table.
    public func publish(_ ports: [PublishedPort]) throws {
        var transaction = Transaction()
        for set in [ElementSet.published, .publishedOn] {
            transaction.insert(ports.filter { $0.set.name == set.name }.map(\.element), into: set)
        }
        try socket.commit(transaction)
    }

    /// Takes published ports back, in one transaction. Those that are gone already do no harm.
    /// `forgetFlows` belongs after.
    public func unpublish(_ ports: [PublishedPort]) throws {
        do {
            try delete(ports)
        } catch let error as NetlinkError where error.code == ENOENT {
            let present = Set(try published())
            try delete(ports.filter(present.contains))
        }
    }

    /// All published ports that carry Berth's mark, in no order; none without a table.
    public func published() throws -> [PublishedPort] {
        try (elements(of: .published) + elements(of: .publishedOn)).compactMap(PublishedPort.init)
    }

    /// Forgets UDP flows to published ports that were tracked before and do not lead to the container, so that their
    /// next packet takes the new way. The kernel walks its whole table: milliseconds.
    public func forgetStaleFlows(to ports: [PublishedPort]) throws {
        try conntrack.forgetStale(ports.filter { $0.transport == Self.udp })
    }

    /// Forgets UDP flows that lead to the container by way of ports that are no longer published. Slow as the other.
    public func forgetFlows(to ports: [PublishedPort]) throws {
        try conntrack.forget(ports.filter { $0.transport == Self.udp })
    }

    /// IANA protocol number.
    private static let udp: UInt8 = 17

    private func delete(_ ports: [PublishedPort]) throws {
        var transaction = Transaction()
        for set in [ElementSet.published, .publishedOn] {
            transaction.delete(ports.filter { $0.set.name == set.name }.map(\.element), from: set)
        }
        try socket.commit(transaction)
    }
}
