import CLinux
import Glibc
import Netlink
import Synchronization

/// The network namespace of one container, pinned at a path so that it lives without a process inside.
/// All calls block and may come from any thread; none of them changes the caller's own namespace.
public final class Sandbox: Sendable {
    /// Where the namespace is pinned: Docker's `SandboxKey`. A container joins it with setns(2).
    public let path: String

    private let socket: Mutex<RouteSocket?>

    init(path: String, socket: RouteSocket?) {
        self.path = path
        self.socket = Mutex(socket)
    }

    /// Picks up a sandbox that an earlier daemon made. Nothing is opened until it is needed.
    /// Throws `NetlinkError` with ENOENT when the path is gone, EINVAL when no namespace is pinned there.
    public static func open(_ path: String) throws -> Sandbox {
        switch berth_is_mount_root(path) {
        case 1: return Sandbox(path: path, socket: nil)
        case 0: throw NetlinkError("open sandbox", path, code: EINVAL)
        default: throw NetlinkError("open sandbox", path)
        }
    }

    /// Picks up a sandbox whose pin may be gone: `pin` puts it back.
    public static func adopt(_ path: String) -> Sandbox { Sandbox(path: path, socket: nil) }

    /// Whether the namespace is pinned at `path`.
    public var isPinned: Bool { berth_is_mount_root(path) == 1 }

    /// Pins the namespace again, from a process inside, unless it is pinned.
    /// - Parameter isThatProcess: Whether the process of that number is still the one that is meant. Asked when its
    ///   namespace is open, so that it holds for that.
    /// - Returns: whether anything had to be done.
    /// Throws `NetlinkError`, ESRCH when the process has ended.
    @discardableResult
    public func pin(from pid: Int32, isThatProcess: () -> Bool) throws -> Bool {
        guard !isPinned else { return false }
        let namespace = try NetworkNamespace(path: "/proc/\(pid)/ns/net")
        guard isThatProcess() else { throw NetlinkError("pin network namespace at", path, code: ESRCH) }
        guard berth_netns_pin_open(namespace.descriptor, path) == 0 else {
            throw NetlinkError("pin network namespace at", path)
        }
        return true
    }

    /// The links inside, loopback included.
    public func links() throws -> [Link] {
        try routeSocket().links()
    }

    /// Unpins the namespace and removes its path. The kernel takes it down later, with every link left inside, once the
    /// last process is gone. Does nothing when it is destroyed already.
    public func destroy() throws {
        idle()
        try Sandbox.remove(path)
    }

    /// Closes the socket into the namespace; the next call that needs one opens it again.
    public func idle() {
        socket.withLock { $0 = nil }
    }

    /// The socket into the namespace, opened on a thread of its own when there is none.
    func routeSocket() throws -> RouteSocket {
        try socket.withLock { socket in
            if let socket { return socket }
            let opened = try RouteSocket(in: NetworkNamespace(path: path))
            socket = opened
            return opened
        }
    }

    /// Unpins whatever stands at `path`, and removes the file.
    static func remove(_ path: String) throws {
        while berth_netns_unpin(path) == 0 {}
        guard errno == EINVAL || errno == ENOENT else { throw NetlinkError("unmount", path) }
        guard unlink(path) == 0 || errno == ENOENT else { throw NetlinkError("remove", path) }
    }
}
