import CLinux
import Glibc
import Netlink

/// Makes pinned network namespaces, one after another, on a thread that it takes through them and back.
struct SandboxMaker {
    private let home: NetworkNamespace

    /// To be made on the thread that will call `make`, and that does nothing else.
    init() throws {
        home = try .current()
    }

    /// A new namespace: loopback up, settings as a container expects, pinned at a path that must be free, its route socket open.
    func make(at path: String) throws -> Sandbox {
        let fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
        guard fd >= 0 else { throw NetlinkError("create", path) }
        close(fd)
        do {
            guard berth_netns_unshare() == 0 else { throw NetlinkError("create network namespace", path) }
            defer { berth_netns_enter(home.descriptor) }
            guard berth_netns_pin(path) == 0 else { throw NetlinkError("pin network namespace at", path) }
            let socket = try RouteSocket()
            try socket.perform([try .changeLink(index: 1, named: "lo", LinkSettings(isUp: true))])
            try writeSettings()
            return Sandbox(path: path, socket: socket)
        } catch {
            try? Sandbox.remove(path)
            throw error
        }
    }

    /// A path for a new sandbox: 12 hexadecimal digits by chance.
    static func newPath(in directory: String) -> String {
        let digits = String(UInt64.random(in: 0..<(1 << 48)), radix: 16)
        return "\(directory)/\(String(repeating: "0", count: 12 - digits.count))\(digits)"
    }

    /// Any user may ping and listen on low ports inside, a new address is announced by ARP, and interfaces have no IPv6
    /// until a plan asks for it. A kernel without IPv6 has no such switch.
    private func writeSettings() throws {
        try writeSetting("/proc/sys/net/ipv4/ping_group_range", "0 2147483647")
        try writeSetting("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")
        try writeSetting("/proc/sys/net/ipv4/conf/default/arp_notify", "1")
        try writeSetting("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1", optional: true)
    }
}

/// Writes a file of /proc/sys/net as the calling thread's namespace sees it.
func writeSetting(_ path: String, _ value: String, optional: Bool = false) throws {
    let fd = open(path, O_WRONLY | O_CLOEXEC)
    guard fd >= 0 else {
        if optional && errno == ENOENT { return }
        throw NetlinkError("open", path)
    }
    defer { close(fd) }
    guard write(fd, value, value.utf8.count) == value.utf8.count else { throw NetlinkError("write", path) }
}
