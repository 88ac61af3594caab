import Glibc
import Netlink

/// The kernel's switch for routing IPv4 between links (`net.ipv4.ip_forward`), of the calling thread's network namespace.
public enum Forwarding {
    /// Whether it is on. Throws `NetlinkError`.
    public static func isEnabled() throws -> Bool {
        try readText(path) == "1"
    }

    /// Switches routing on. Throws `NetlinkError`.
    public static func enable() throws {
        try writeText(path, "1")
    }

    /// A name for this namespace since this boot: what was switched in another one tells nothing of this one.
    public static func place() throws -> String {
        var namespace = stat()
        guard stat("/proc/thread-self/ns/net", &namespace) == 0 else {
            throw NetlinkError("look at", "/proc/thread-self/ns/net")
        }
        return "\(try readText("/proc/sys/kernel/random/boot_id")) \(namespace.st_ino)"
    }

    private static let path = "/proc/sys/net/ipv4/ip_forward"
}

/// What a bridge is told of IPv6: whoever is in one of its containers must not be able to give the host addresses,
/// routes or next hops.
public enum BridgeSettings {
    /// Switches IPv6 off on a bridge, and what the host would take from routers there. A kernel without IPv6 has no such
    /// switches. Throws `NetlinkError`.
    public static func refuseIPv6(on bridge: String) throws {
        for (name, value) in [("accept_ra", "0"), ("accept_redirects", "0"), ("autoconf", "0"), ("disable_ipv6", "1")] {
            let path = "/proc/sys/net/ipv6/conf/\(bridge)/\(name)"
            do {
                guard try readText(path) != value else { continue }
                try writeText(path, value)
            } catch let error as NetlinkError where error.code == ENOENT {
                continue
            }
        }
    }

    /// Whether frames within bridges pass nftables (`br_netfilter`).
    public static func filtersFrames() -> Bool {
        (try? readText("/proc/sys/net/bridge/bridge-nf-call-iptables")) == "1"
    }
}

/// A small file of /proc without the line's end.
private func readText(_ path: String) throws -> String {
    let fd = open(path, O_RDONLY | O_CLOEXEC)
    guard fd >= 0 else { throw NetlinkError("open", path) }
    defer { close(fd) }
    var buffer = [UInt8](repeating: 0, count: 128)
    let count = read(fd, &buffer, buffer.count)
    guard count >= 0 else { throw NetlinkError("read", path) }
    return String(decoding: buffer[..<count].prefix { $0 != 0x0A }, as: UTF8.self)
}

private func writeText(_ path: String, _ text: String) throws {
    let fd = open(path, O_WRONLY | O_CLOEXEC)
    guard fd >= 0 else { throw NetlinkError("open", path) }
    defer { close(fd) }
    guard write(fd, text, text.utf8.count) == text.utf8.count else { throw NetlinkError("write", path) }
}
