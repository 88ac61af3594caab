import Glibc

/// An IPv4 or IPv6 address, without a zone.
public struct IPAddress: Sendable, Hashable {
    public let family: IPFamily
    /// The number that the address is, in the host's byte order.
    public let value: UInt128

    /// Bits beyond the family's length are left out.
    public init(_ family: IPFamily, _ value: UInt128) {
        self.family = family
        self.value = family == .v4 ? value & 0xFFFF_FFFF : value
    }

    /// The address in network byte order. Nil unless there are 4 or 16 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.init(bytes.count == 4 ? .v4 : .v6, bytes.reduce(0) { $0 << 8 | UInt128($1) })
    }

    /// Reads the usual notation: four decimal numbers for IPv4, RFC 4291 for IPv6. Nil for anything that inet_pton(3)
    /// refuses.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        let family: IPFamily = text.utf8.contains(UInt8(ascii: ":")) ? .v6 : .v4
        var bytes = [UInt8](repeating: 0, count: family.bits / 8)
        guard inet_pton(family.number, text, &bytes) == 1 else { return nil }
        self.init(bytes: bytes)
    }

    /// As `init(_:)`, of IPv4 alone.
    public init?(v4 text: some StringProtocol) {
        self.init(text)
        guard isIPv4 else { return nil }
    }

    /// 0.0.0.0 or `::`.
    public static func unspecified(_ family: IPFamily) -> IPAddress { IPAddress(family, 0) }

    /// The address in network byte order: 4 bytes or 16.
    public var bytes: [UInt8] {
        let count = family.bits / 8
        return (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * (count - 1 - $0))) }
    }

    public var isIPv4: Bool { family == .v4 }
    public var isIPv6: Bool { family == .v6 }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool { isIPv4 ? value >> 24 == 127 : value == 1 }

    /// 0.0.0.0 or `::`: "any address" where something listens.
    public var isUnspecified: Bool { value == 0 }

    /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291).
    public var isLinkLocal: Bool { isIPv4 ? value >> 16 == 0xA9FE : value >> 118 == 0x3FA }

    /// 224.0.0.0/4 or ff00::/8.
    public var isMulticast: Bool { isIPv4 ? value >> 28 == 0xE : value >> 120 == 0xFF }
}

extension IPAddress: CustomStringConvertible {
    /// As inet_ntop(3) writes it: RFC 5952 for IPv6.
    public var description: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family.number, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

extension IPAddress: Comparable {
    /// IPv4 comes before IPv6.
    public static func < (left: IPAddress, right: IPAddress) -> Bool {
        left.family == right.family ? left.value < right.value : left.isIPv4
    }
}
