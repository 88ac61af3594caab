import Dispatch
import DriverKit
import Glibc
import NetDriverKernel
import Netlink
import Synchronization

/// Deletes veth pairs behind the answer: the kernel waits for its readers, about 25 ms. Those that are asked for while
/// it waits go together the next time.
final class Deletions: Sendable {
    /// Pairs that go at once at most: for each of them the kernel keeps all other changes of links waiting for about
    /// 0.3 ms.
    private static let together = 32

    private let links: RouteSocket
    private let host: Host
    private let queue = DispatchQueue(label: "berth.bridge.deletions")
    /// By number.
    private let pending = Mutex<[Int32: Link]>([:])

    init(links: RouteSocket, host: Host) {
        self.links = links
        self.host = host
    }

    /// Takes the link out of its bridge now, and deletes it later. One that is gone, or that is another's, is left.
    func delete(_ name: String, owner: String) {
        guard let link = try? links.link(named: name), Owner.id(in: link.alias) == owner else { return }
        let isNew = pending.withLock { $0.updateValue(link, forKey: link.index) == nil }
        guard isNew else { return }
        try? links.perform([Request.setBridgePort(named: name, blocked: true).tolerating(ENODEV, EINVAL, EOPNOTSUPP)])
        queue.async { self.run() }
    }

    /// Deletes what is pending; nothing, when an earlier run has.
    private func run() {
        let batch = pending.withLock { pending in
            let batch = Array(pending.values.prefix(Self.together))
            for link in batch { pending[link.index] = nil }
            return batch
        }
        guard !batch.isEmpty else { return }
        do {
            // A socket of its own: the drivers' calls must not wait behind the deletion.
            try RouteSocket().delete(batch)
        } catch {
            host.log(.warning, "\(error)")
        }
    }
}
