import Addresses
import Netlink

/// A port of the host that leads to a port of a container.
public struct PublishedPort: Sendable, Hashable {
    /// The transport's protocol number (IANA): 6 TCP, 17 UDP, 132 SCTP.
    public var transport: UInt8
    /// The host's address that it is published on; nil for all of them, 127.0.0.1 included.
    public var hostAddress: IPAddress?
    public var hostPort: UInt16
    /// The container's IPv4 address.
    public var address: IPAddress
    public var port: UInt16
    /// The id of the endpoint it belongs to.
    public var owner: String

    public init(
        transport: UInt8, hostAddress: IPAddress?, hostPort: UInt16, address: IPAddress, port: UInt16, owner: String
    ) {
        self.transport = transport
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.address = address
        self.port = port
        self.owner = owner
    }

    /// Whether the host reaches it at 127.0.0.0/8.
    public var isForLoopback: Bool { hostAddress?.isLoopback ?? true }

    var set: ElementSet { hostAddress == nil ? .published : .publishedOn }

    var element: Element {
        let target = Element.concatenate(address.bytes, Element.port(port))
        let local = Element.concatenate([transport], Element.port(hostPort))
        return Element(key: (hostAddress?.bytes ?? []) + local, value: target, comment: Owner.mark(owner))
    }

    /// Reads an element of one of the two maps; nil when it is not marked as Berth's.
    init?(_ element: Element) {
        let withAddress = element.key.count == 12
        let key = withAddress ? Array(element.key.dropFirst(4)) : element.key
        guard key.count == 8, element.value.count == 8, let owner = Owner.id(in: element.comment),
            let address = IPAddress(bytes: Array(element.value[..<4]))
        else { return nil }
        self.init(
            transport: key[0], hostAddress: withAddress ? IPAddress(bytes: Array(element.key[..<4])) : nil,
            hostPort: UInt16(key[4]) << 8 | UInt16(key[5]), address: address,
            port: UInt16(element.value[4]) << 8 | UInt16(element.value[5]), owner: owner)
    }
}

/// The mark on what Berth makes in the kernel: "berth:" and the id of the network or endpoint it belongs to.
public enum Owner {
    /// The mark of an id: an interface alias, or an element's comment.
    public static func mark(_ id: String) -> String { "berth:" + id }

    /// The id in a mark; nil when it is none of Berth's.
    public static func id(in mark: String) -> String? {
        mark.hasPrefix("berth:") ? String(mark.dropFirst(6)) : nil
    }
}
