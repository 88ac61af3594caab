/// A range of addresses with a common prefix. RFC 4632.
struct Subnet: Sendable, Hashable, CustomStringConvertible {
    /// The first address.
    let base: IPAddress
    /// The length of the prefix in bits.
    let prefix: Int

    /// Parses CIDR. The address may lie anywhere in the subnet: `base` is its first one.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]),
            (1...3) ~= parts[1].utf8.count, parts[1].utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let prefix = Int(parts[1]), 0...address.family.bits ~= prefix
        else { return nil }
        self.init(containing: address, prefix: prefix)
    }

    init(containing address: IPAddress, prefix: Int) {
        let hostBits = UInt128(address.family.bits - prefix)
        base = IPAddress(address.family, hostBits == 128 ? 0 : (address.value >> hostBits) << hostBits)
        self.prefix = prefix
    }

    var family: IPFamily { base.family }

    /// The offset of the last address from the first.
    var lastOffset: UInt128 {
        let hostBits = family.bits - prefix
        return hostBits == 128 ? .max : (1 << UInt128(hostBits)) - 1
    }

    var last: IPAddress { IPAddress(family, base.value + lastOffset) }

    func contains(_ address: IPAddress) -> Bool {
        address.family == family && base.value...last.value ~= address.value
    }

    func contains(_ other: Subnet) -> Bool { other.prefix >= prefix && contains(other.base) }

    func overlaps(_ other: Subnet) -> Bool { contains(other.base) || other.contains(base) }

    /// The offsets of the addresses that a host may have. Not the network's own and the broadcast address of IPv4
    /// (a prefix of 31 or 32 bits has neither, RFC 3021), nor the subnet-router anycast address of IPv6 (RFC 4291).
    var hostOffsets: ClosedRange<UInt128> {
        guard family.bits - prefix > 1 else { return 0...lastOffset }
        return 1...(family == .v4 ? lastOffset - 1 : lastOffset)
    }

    var description: String { "\(base)/\(prefix)" }
}
