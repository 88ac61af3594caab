import Glibc
import Netlink

extension FilterTable {
    /// Publishes ports, all or none, in one transaction whose cost does not depend on how many are published already.
    /// Those that stand already are left. Connectionless flows that were tracked before are forgotten, so that their
    /// next packet takes the new way. Throws `NetlinkError` with EBUSY when one leads elsewhere, ENOENT without a table.
    public func publish(_ ports: [PublishedPort]) throws {
        var transaction = Transaction()
        for set in [ElementSet.published, .publishedOn] {
            transaction.insert(ports.filter { $0.set.name == set.name }.map(\.element), into: set)
        }
        try socket.commit(transaction)
        try conntrack.forgetStale(ports.filter { $0.transport == UInt8(IPPROTO_UDP) })
    }

    /// Takes published ports back, in one transaction. Those that are gone already do no harm. Flows of connectionless
    /// transports that lead to the container are forgotten.
    public func unpublish(_ ports: [PublishedPort]) throws {
        do {
            try delete(ports)
        } catch let error as NetlinkError where error.code == ENOENT {
            let present = Set(try published())
            try delete(ports.filter(present.contains))
        }
        try conntrack.forget(ports.filter { $0.transport == UInt8(IPPROTO_UDP) })
    }

    /// All published ports that carry Berth's mark, in no order; none without a table.
    public func published() throws -> [PublishedPort] {
        try (elements(of: .published) + elements(of: .publishedOn)).compactMap(PublishedPort.init)
    }

    private func delete(_ ports: [PublishedPort]) throws {
        var transaction = Transaction()
        for set in [ElementSet.published, .publishedOn] {
            transaction.delete(ports.filter { $0.set.name == set.name }.map(\.element), from: set)
        }
        try socket.commit(transaction)
    }
}
