/// A link-layer address of six bytes.
public struct MACAddress: Sendable, Hashable {
    public let bytes: [UInt8]

    /// Nil unless there are six bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 6 else { return nil }
        self.bytes = bytes
    }

    /// Reads six pairs of hexadecimal digits set apart by `:` or `-`. Nil when it is anything else.
    public init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
        let bytes = parts.compactMap { $0.utf8.count == 2 && $0.allSatisfy(\.isHexDigit) ? UInt8($0, radix: 16) : nil }
        guard parts.count == 6 else { return nil }
        self.init(bytes: bytes)
    }

    /// The locally administered address that an IPv4 address stands for: 02:42 and its four bytes.
    public init?(standingFor address: IPAddress) {
        guard address.isIPv4 else { return nil }
        bytes = [0x02, 0x42] + address.bytes
    }
}

extension MACAddress: CustomStringConvertible {
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
