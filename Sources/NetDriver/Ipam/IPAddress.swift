import Glibc

/// The address families.
enum IPFamily: Sendable, Hashable {
    case v4, v6

    /// The length of an address in bits.
    var bits: Int { self == .v4 ? 32 : 128 }
}

/// An IPv4 or IPv6 address as a number.
struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    var family: IPFamily
    /// The number that the address is, in the host's byte order.
    var value: UInt128

    init(_ family: IPFamily, _ value: UInt128) {
        self.family = family
        self.value = value
    }

    /// Parses "172.17.0.2" or "fd00::2"; nil for anything that inet_pton(3) refuses.
    init?(_ text: some StringProtocol) {
        var bytes = [UInt8](repeating: 0, count: 16)
        let text = String(text)
        if inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(.v4, bytes[..<4].reduce(0) { $0 << 8 | UInt128($1) })
        } else if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(.v6, bytes.reduce(0) { $0 << 8 | UInt128($1) })
        } else {
            return nil
        }
    }

    var description: String {
        let length = family.bits / 8
        var bytes = (0..<length).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * (length - 1 - $0))) }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(family == .v4 ? AF_INET : AF_INET6, &bytes, &text, socklen_t(text.count))
        return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }
}
