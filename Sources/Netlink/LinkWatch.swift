import CNetlink
import Glibc
import Synchronization

/// What the kernel tells of links and IPv4 addresses.
public enum LinkEvent: Sendable {
    /// There is such a link, new or changed.
    case present(Link)
    /// The link is gone.
    case gone(Link)
    /// The link of this number has lost an IPv4 address.
    case addressGone(index: Int32)
    /// The kernel had more to tell than the socket has room for: anything may have changed.
    case lost
}

/// A socket to which the kernel tells changes of the links and IPv4 addresses of the namespace that it was opened in
/// (rtnetlink(7)). Any thread may call it.
public final class LinkWatch: Sendable {
    /// For poll(2): readable when there is something to drain.
    public let descriptor: Int32
    private let channel: Mutex<NetlinkChannel>

    /// For the calling thread's namespace. Throws `NetlinkError`.
    public init() throws {
        descriptor = try NetlinkChannel.openDescriptor(protocol: NETLINK_ROUTE, named: "route socket")
        try NetlinkChannel.subscribe(
            descriptor, to: Int32(RTNLGRP_LINK.rawValue), Int32(RTNLGRP_IPV4_IFADDR.rawValue))
        channel = Mutex(NetlinkChannel(adopting: descriptor))
    }

    /// All that has been told since the last time. Does not wait.
    public func drain() -> [LinkEvent] {
        channel.withLock { channel in
            var events: [LinkEvent] = []
            while true {
                let code = channel.receive(waiting: false) { message in
                    if let event = LinkEvent(message) { events.append(event) }
                }
                if code == ENOBUFS { events.append(.lost) } else if code != 0 { return events }
            }
        }
    }
}

extension LinkEvent {
    fileprivate init?(_ message: NetlinkMessage) {
        switch message.kind {
        case Int32(RTM_NEWLINK), Int32(RTM_DELLINK):
            let size = MemoryLayout<ifinfomsg>.size
            // A bridge tells of its ports in messages of its own family.
            guard message.payload.count >= size, message.payload[0] == UInt8(AF_UNSPEC), let link = Link(any: message)
            else { return nil }
            self = message.kind == Int32(RTM_NEWLINK) ? .present(link) : .gone(link)
        case Int32(RTM_DELADDR):
            guard message.payload.count >= MemoryLayout<ifaddrmsg>.size else { return nil }
            self = .addressGone(index: Int32(bitPattern: message.payload.loadUnaligned(as: ifaddrmsg.self).ifa_index))
        default: return nil
        }
    }
}
