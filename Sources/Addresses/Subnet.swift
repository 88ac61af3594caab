/// A range of addresses with a common prefix. RFC 4632.
public struct Subnet: Sendable, Hashable {
    /// The first address.
    public let base: IPAddress
    /// The length of the common prefix in bits.
    public let length: Int

    /// Reads CIDR. The address may lie anywhere in the subnet: `base` is its first one. Nil for what is no `IPPrefix`.
    public init?(_ text: some StringProtocol) {
        guard let prefix = IPPrefix(text) else { return nil }
        self.init(of: prefix)
    }

    /// The subnet that the prefix's address lies in.
    public init(of prefix: IPPrefix) {
        let hostBits = UInt128(prefix.family.bits - prefix.length)
        base = IPAddress(prefix.family, hostBits == 128 ? 0 : (prefix.address.value >> hostBits) << hostBits)
        length = prefix.length
    }

    /// The subnet of that length that the address lies in. Nil when the length does not fit the family.
    public init?(containing address: IPAddress, length: Int) {
        guard let prefix = IPPrefix(address: address, length: length) else { return nil }
        self.init(of: prefix)
    }

    public var family: IPFamily { base.family }

    /// The first address with the prefix's length.
    public var prefix: IPPrefix { IPPrefix(unchecked: base, length: length) }

    /// The offset of the last address from the first.
    public var lastOffset: UInt128 {
        let hostBits = family.bits - length
        return hostBits == 128 ? .max : (1 << UInt128(hostBits)) - 1
    }

    public var last: IPAddress { IPAddress(family, base.value + lastOffset) }

    /// False for an address of another family.
    public func contains(_ address: IPAddress) -> Bool {
        address.family == family && base.value...last.value ~= address.value
    }

    public func contains(_ other: Subnet) -> Bool { other.length >= length && contains(other.base) }

    public func overlaps(_ other: Subnet) -> Bool { contains(other.base) || other.contains(base) }

    /// The offsets of the addresses that a host may have. Not the network's own and the broadcast address of IPv4
    /// (a prefix of 31 or 32 bits has neither, RFC 3021), nor the subnet-router anycast address of IPv6 (RFC 4291).
    public var hostOffsets: ClosedRange<UInt128> {
        guard family.bits - length > 1 else { return 0...lastOffset }
        return 1...(family == .v4 ? lastOffset - 1 : lastOffset)
    }
}

extension Subnet: CustomStringConvertible {
    /// CIDR.
    public var description: String { "\(base)/\(length)" }
}
