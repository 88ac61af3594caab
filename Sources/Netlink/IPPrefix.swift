/// An address with the length of its network part, in CIDR notation: `172.17.0.2/16`. Host bits are kept.
public struct IPPrefix: Sendable, Hashable {
    public let address: IPAddress
    /// Bits of the network part: 0…32 for IPv4, 0…128 for IPv6.
    public let length: Int

    /// Nil when the length does not fit the address's family.
    public init?(address: IPAddress, length: Int) {
        guard length >= 0, length <= address.bytes.count * 8 else { return nil }
        self.address = address
        self.length = length
    }

    /// Reads `address/length`. Nil when it is anything else, also without a length.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1]) else {
            return nil
        }
        self.init(address: address, length: length)
    }

    /// The prefix with all host bits zero.
    public var network: IPPrefix { IPPrefix(address: masked { $0 & $1 }, length: length)! }

    /// The address with all host bits one: an IPv4 subnet's broadcast address.
    public var lastAddress: IPAddress { masked { $0 | ~$1 } }

    /// Whether the address lies within this prefix; false for another family.
    public func contains(_ other: IPAddress) -> Bool {
        guard let same = IPPrefix(address: other, length: length), other.family == address.family else { return false }
        return same.network == network
    }

    private func masked(_ combine: (UInt8, UInt8) -> UInt8) -> IPAddress {
        let bytes = address.bytes.enumerated().map { index, byte in
            let bits = min(8, max(0, length - index * 8))
            return combine(byte, ~UInt8(truncatingIfNeeded: 0xFF >> bits))
        }
        return IPAddress(bytes: bytes)!
    }
}

extension IPPrefix: CustomStringConvertible {
    public var description: String { "\(address)/\(length)" }
}
