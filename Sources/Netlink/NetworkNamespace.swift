import CLinux
import Glibc

/// An open network namespace. It lives at least as long as this value.
public final class NetworkNamespace: Sendable {
    /// The descriptor of the namespace, close-on-exec; closed with this object.
    public let descriptor: Int32
    /// Where it was opened, for errors.
    public let path: String

    /// Opens the namespace pinned at `path`, such as a container's `SandboxKey` or `/proc/PID/ns/net`.
    /// Throws `NetlinkError`, also when the file is no network namespace.
    public init(path: String) throws {
        let fd = berth_netns_open(path)
        guard fd >= 0 else { throw NetlinkError("open network namespace", path) }
        descriptor = fd
        self.path = path
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// The calling thread's own network namespace.
    public static func current() throws -> NetworkNamespace {
        let fd = berth_netns_current()
        guard fd >= 0 else { throw NetlinkError("open network namespace", "/proc/thread-self/ns/net") }
        return NetworkNamespace(descriptor: fd, path: "/proc/thread-self/ns/net")
    }

    /// Runs `body` inside this namespace, on a thread made for it which then ends; the caller waits.
    public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) throws -> T {
        let descriptor = descriptor
        let path = path
        return try onOwnThread {
            guard berth_netns_enter(descriptor) == 0 else { throw NetlinkError("enter network namespace", path) }
            return try body()
        }
    }
}
