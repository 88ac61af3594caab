/// A port of the host at an IPv6 address.
public struct ForwardedPort: Sendable, Hashable {
    /// IANA protocol number: 6 TCP, 17 UDP.
    public var transport: UInt8
    public var address: IPv6Bytes
    public var port: UInt16

    public init(transport: UInt8, address: IPv6Bytes, port: UInt16) {
        self.transport = transport
        self.address = address
        self.port = port
    }

    public static let tcp: UInt8 = 6
    public static let udp: UInt8 = 17
    public var isUDP: Bool { transport == Self.udp }
}

/// An IPv6 address in the order of the network.
public struct IPv6Bytes: Sendable, Hashable {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// From 16 bytes.
    public init(_ bytes: some Sequence<UInt8>) {
        (high, low) = (0, 0)
        for byte in bytes {
            high = high << 8 | low >> 56
            low = low << 8 | UInt64(byte)
        }
    }

    public var bytes: [UInt8] {
        [high, low].flatMap { part in (0..<8).map { UInt8(truncatingIfNeeded: part >> (56 - 8 * UInt64($0))) } }
    }
}

/// Where connections to a forwarded port lead: an IPv4 address (the first byte highest) and a port.
public struct ForwardTarget: Sendable, Hashable {
    public var address: UInt32
    public var port: UInt16

    public init(address: UInt32, port: UInt16) {
        self.address = address
        self.port = port
    }

    /// Nowhere: who connects waits.
    public static let none = ForwardTarget(address: 0, port: 0)
}

/// One port in a frame between the daemon and the forwarder: 26 bytes.
public struct ForwardEntry: Sendable, Equatable {
    public static let size = 26
    /// Entries in one frame at most: with a socket each, they are sent at once.
    public static let mostTogether = 250

    public var port: ForwardedPort
    public var target: ForwardTarget
    /// Its listening socket comes along (SCM_RIGHTS), in the order of the entries.
    public var hasSocket: Bool

    public init(port: ForwardedPort, target: ForwardTarget = .none, hasSocket: Bool = false) {
        self.port = port
        self.target = target
        self.hasSocket = hasSocket
    }

    public func append(to bytes: inout [UInt8]) {
        bytes.append(hasSocket ? 1 : 0)
        bytes.append(port.transport)
        bytes += [UInt8(truncatingIfNeeded: port.port >> 8), UInt8(truncatingIfNeeded: port.port)]
        bytes += port.address.bytes
        bytes += (0..<4).map { UInt8(truncatingIfNeeded: target.address >> (24 - 8 * UInt32($0))) }
        bytes += [UInt8(truncatingIfNeeded: target.port >> 8), UInt8(truncatingIfNeeded: target.port)]
    }

    /// All the entries in a payload; nil when its length is not that of entries.
    public static func all(in payload: ArraySlice<UInt8>) -> [ForwardEntry]? {
        guard payload.count % size == 0 else { return nil }
        return stride(from: payload.startIndex, to: payload.endIndex, by: size).map { start in
            let bytes = payload[start..<start + size]
            func number(_ offset: Int, _ count: Int) -> UInt32 {
                bytes[(start + offset)..<(start + offset + count)].reduce(0) { $0 << 8 | UInt32($1) }
            }
            return ForwardEntry(
                port: ForwardedPort(
                    transport: bytes[start + 1], address: IPv6Bytes(bytes[(start + 4)..<(start + 20)]),
                    port: UInt16(number(2, 2))),
                target: ForwardTarget(address: number(20, 4), port: UInt16(number(24, 2))),
                hasSocket: bytes[start] != 0)
        }
    }
}
