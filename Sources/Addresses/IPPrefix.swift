/// An address with the length of its network part, in CIDR notation: `172.17.0.2/16`. Host bits are kept; `Subnet` is the
/// range that it lies in.
public struct IPPrefix: Sendable, Hashable {
    public let address: IPAddress
    /// Bits of the network part: 0…32 for IPv4, 0…128 for IPv6.
    public let length: Int

    /// Nil when the length does not fit the address's family.
    public init?(address: IPAddress, length: Int) {
        guard 0...address.family.bits ~= length else { return nil }
        self.address = address
        self.length = length
    }

    init(unchecked address: IPAddress, length: Int) {
        self.address = address
        self.length = length
    }

    /// The address alone: /32, or /128 for IPv6.
    public init(host address: IPAddress) {
        self.address = address
        length = address.family.bits
    }

    /// Reads `address/length`. Nil when it is anything else, also without a length, or with one that is not one to three
    /// digits.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(parts[0]),
            1...3 ~= parts[1].utf8.count, parts[1].utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
            let length = Int(parts[1])
        else { return nil }
        self.init(address: address, length: length)
    }

    /// What stands before the slash of a text in CIDR notation; all of a text without one.
    public static func withoutLength(_ text: String) -> String {
        text.firstIndex(of: "/").map { String(text[..<$0]) } ?? text
    }

    /// An address's text with the length of a subnet's, "10.1.0.1/24" of "10.1.0.1" and "10.1.0.0/24"; an empty one as it is.
    public static func text(_ address: String, in subnet: String) -> String {
        guard !address.isEmpty, let slash = subnet.firstIndex(of: "/") else { return address }
        return address + subnet[slash...]
    }

    /// 0.0.0.0/0 or ::/0: where a default route leads.
    public static func everything(_ family: IPFamily) -> IPPrefix {
        IPPrefix(unchecked: .unspecified(family), length: 0)
    }

    public var family: IPFamily { address.family }

    /// The range of addresses with this network part.
    public var subnet: Subnet { Subnet(of: self) }

    /// The prefix with all host bits zero.
    public var network: IPPrefix { subnet.prefix }

    /// The address with all host bits one: an IPv4 subnet's broadcast address.
    public var lastAddress: IPAddress { subnet.last }

    /// Whether the address lies within this prefix; false for another family.
    public func contains(_ other: IPAddress) -> Bool { subnet.contains(other) }
}

extension IPPrefix: CustomStringConvertible {
    public var description: String { "\(address)/\(length)" }
}
