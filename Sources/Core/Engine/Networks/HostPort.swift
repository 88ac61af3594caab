import Addresses
import Glibc

/// Whether a process of the host has a port already.
package enum HostPort {
    /// Binds the port and lets it go: 0, or the errno that bind(2) gave. SCTP is not probed.
    /// Waits for nothing.
    package static func probe(_ transport: String, _ address: String, _ port: Int) -> Int32 {
        guard transport != "sctp", let ip = IPAddress(v4: address) else { return 0 }
        let type = transport == "udp" ? SOCK_DGRAM : SOCK_STREAM
        let descriptor = socket(AF_INET, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        if transport == "tcp" {
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(port).bigEndian
        name.sin_addr.s_addr = UInt32(truncatingIfNeeded: ip.value).bigEndian
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 ? 0 : errno
    }
}
