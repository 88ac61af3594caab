import Dispatch
import DriverKit
import Glibc
import NetDriverKernel
import Netlink

/// Deletes veth pairs behind the answer: the kernel waits for its readers, about 25 ms each.
final class Deletions: Sendable {
    private let links: RouteSocket
    private let host: Host
    private let queue = DispatchQueue(label: "berth.bridge.deletions")

    init(links: RouteSocket, host: Host) {
        self.links = links
        self.host = host
    }

    /// Takes the link out of its bridge now, and deletes it later. One that is gone, or that is another's, is left.
    func delete(_ name: String, owner: String) {
        guard let link = try? links.link(named: name), Owner.id(in: link.alias) == owner else { return }
        try? links.perform([Request.setBridgePort(named: name, blocked: true).tolerating(ENODEV, EINVAL, EOPNOTSUPP)])
        queue.async { [host] in
            do {
                // A socket of its own: the drivers' calls must not wait behind the deletion.
                let links = try RouteSocket()
                try links.perform([Request.deleteLink(index: link.index, named: name).tolerating(ENODEV)])
            } catch {
                host.log(.warning, "delete link `\(name)`: \(error)")
            }
        }
    }
}
