import CNetlink
import Glibc

/// A netlink socket with its numbering and its receive buffer. Used by one thread at a time; closed in the end.
package struct NetlinkChannel: ~Copyable {
    package let descriptor: Int32
    /// The number of the last message sent.
    package var sequence: UInt32 = 0
    private var buffer = [UInt8](repeating: 0, count: 32768)

    package init(adopting descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// A raw netlink socket in the calling thread's namespace: close-on-exec, extended acknowledgements on.
    package static func openDescriptor(protocol number: Int32, named name: String) throws -> Int32 {
        let fd = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), number)
        guard fd >= 0 else { throw NetlinkError("open \(name)", "") }
        var on: Int32 = 1
        for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] {
            setsockopt(fd, SOL_NETLINK, option, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        return fd
    }

    /// The number by which the kernel knows this socket: its own changes carry it when they are told to others.
    package static func port(of descriptor: Int32) -> UInt32 {
        var name = sockaddr_nl()
        name.nl_family = sa_family_t(AF_NETLINK)
        var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
        return withUnsafeMutablePointer(to: &name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                // Bound by hand: the kernel would do it with the first message only.
                _ = bind(descriptor, name, size)
                _ = getsockname(descriptor, name, &size)
            }
            return name.pointee.nl_pid
        }
    }

    /// Has the kernel tell a socket of changes, netlink(7), NETLINK_ADD_MEMBERSHIP. Throws `NetlinkError`, and
    /// then the socket is closed.
    package static func subscribe(_ descriptor: Int32, to groups: Int32...) throws {
        // One without a number of its own is told nothing: what the kernel does by itself has the number 0, too.
        _ = port(of: descriptor)
        for var group in groups {
            let size = socklen_t(MemoryLayout<Int32>.size)
            guard setsockopt(descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, size) == 0 else {
                let error = NetlinkError("subscribe to netlink group", "\(group)")
                close(descriptor)
                throw error
            }
        }
    }

    /// Sends one packet of messages to the kernel. 0, or the errno value.
    package func send(_ packet: [UInt8]) -> Int32 {
        var kernel = sockaddr_nl()
        kernel.nl_family = sa_family_t(AF_NETLINK)
        let sent = withUnsafePointer(to: &kernel) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, packet, packet.count, 0, address, socklen_t(MemoryLayout<sockaddr_nl>.size))
            }
        }
        return sent == packet.count ? 0 : sent < 0 ? errno : EMSGSIZE
    }

    /// Hands out each message of the next packet. 0, or the errno value: EAGAIN when there is no packet and `waiting`
    /// is false.
    package mutating func receive(waiting: Bool = true, _ each: (NetlinkMessage) -> Void) -> Int32 {
        let descriptor = descriptor
        return buffer.withUnsafeMutableBytes { buffer in
            var count: Int
            repeat {
                count = recv(descriptor, buffer.baseAddress, buffer.count, waiting ? 0 : Int32(MSG_DONTWAIT))
            } while count < 0 && errno == EINTR
            guard count >= 0 else { return errno }
            NetlinkMessage.forEach(in: UnsafeRawBufferPointer(rebasing: buffer[..<count]), each)
            return 0
        }
    }
}
