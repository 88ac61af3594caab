import Glibc

/// An IPv4 or IPv6 address, without a zone.
public struct IPAddress: Sendable, Hashable {
    /// The address in network byte order: 4 bytes or 16.
    public let bytes: [UInt8]

    /// Nil unless there are 4 or 16 bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads the usual notation: dotted for IPv4, RFC 4291 for IPv6. Nil when it is neither.
    public init?(_ text: String) {
        let v6 = text.utf8.contains(UInt8(ascii: ":"))
        var buffer = [UInt8](repeating: 0, count: v6 ? 16 : 4)
        guard inet_pton(v6 ? AF_INET6 : AF_INET, text, &buffer) == 1 else { return nil }
        bytes = buffer
    }

    public var isIPv4: Bool { bytes.count == 4 }
    public var isIPv6: Bool { bytes.count == 16 }

    /// `AF_INET` or `AF_INET6`.
    public var family: Int32 { isIPv4 ? AF_INET : AF_INET6 }

    /// 127.0.0.0/8 or ::1.
    public var isLoopback: Bool {
        isIPv4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// 0.0.0.0 or `::`: "any address" where something listens.
    public var isUnspecified: Bool { bytes.allSatisfy { $0 == 0 } }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
