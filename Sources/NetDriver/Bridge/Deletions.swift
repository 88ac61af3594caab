import Dispatch
import DriverKit
import Glibc
import NetDriverKernel
import Netlink
import Synchronization

/// Deletes veth pairs and bridges behind the answer: the kernel waits for its readers, about 25 ms, and keeps other changes of links
/// waiting for part of it. So they are gathered for a while and go together.
final class Deletions: Sendable {
    /// Links that go at once at most: for each of them the kernel keeps all other changes of links waiting for about
    /// 0.3 ms.
    private static let together = 32
    /// How long the first of a batch waits for others.
    private static let gathering = DispatchTimeInterval.milliseconds(40)

    private let links: RouteSocket
    private let host: Host
    private let queue = DispatchQueue(label: "berth.bridge.deletions")
    /// By name.
    private let pending = Mutex<[String: Link]>([:])

    init(links: RouteSocket, host: Host) {
        self.links = links
        self.host = host
    }

    /// Takes the link out of its bridge now, and deletes it later. One that is gone, or that is another's, is left.
    func delete(_ name: String, owner: String) {
        guard pending.withLock({ $0[name] == nil }) else { return }
        guard let link = try? links.link(named: name), Owner.id(in: link.alias) == owner else { return }
        let count = pending.withLock { pending in
            let isNew = pending.updateValue(link, forKey: name) == nil
            return isNew ? pending.count : 0
        }
        guard count > 0 else { return }
        try? links.perform([Request.setBridgePort(named: name, blocked: true).tolerating(ENODEV, EINVAL, EOPNOTSUPP)])
        plan(count)
    }

    /// Takes a bridge down and its name away, so that its subnet and name are free at once, and deletes it later.
    /// Throws `NetlinkError`.
    func deleteBridge(_ link: Link) throws {
        let name = "gone\(link.index)"
        try links.perform([
            Request.changeLink(index: link.index, named: link.name, LinkSettings(isUp: false)).tolerating(ENODEV),
            Request.changeLink(index: link.index, named: link.name, LinkSettings(name: name)).tolerating(ENODEV),
        ])
        plan(
            pending.withLock { pending in
                pending[name] = link
                return pending.count
            })
    }

    private func plan(_ count: Int) {
        if count == 1 { queue.asyncAfter(deadline: .now() + Self.gathering) { self.run() } }
        if count == Self.together { queue.async { self.run() } }
    }

    /// Deletes what is pending, batch after batch.
    private func run() {
        while true {
            let batch = pending.withLock { Array($0.prefix(Self.together)) }
            guard !batch.isEmpty else { return }
            do {
                // A socket of its own: the drivers' calls must not wait behind the deletion.
                try RouteSocket().delete(batch.map(\.value))
            } catch {
                host.log(.warning, "\(error)")
            }
            pending.withLock { pending in for (name, _) in batch { pending[name] = nil } }
        }
    }
}
