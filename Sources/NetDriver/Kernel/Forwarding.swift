import Glibc
import Netlink

/// The kernel's switch for routing IPv4 between links, of the calling thread's network namespace.
public enum Forwarding {
    /// Switches routing on (`net.ipv4.ip_forward`), unless it is. Throws `NetlinkError`.
    public static func enable() throws {
        let fd = open(path, O_RDWR | O_CLOEXEC)
        guard fd >= 0 else { throw NetlinkError("open", path) }
        defer { close(fd) }
        var state: UInt8 = 0
        guard read(fd, &state, 1) == 1 else { throw NetlinkError("read", path) }
        guard state != UInt8(ascii: "1") else { return }
        guard pwrite(fd, "1", 1, 0) == 1 else { throw NetlinkError("write", path) }
    }

    private static let path = "/proc/sys/net/ipv4/ip_forward"
}
