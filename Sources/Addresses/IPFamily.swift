import Glibc

/// The address families.
public enum IPFamily: Sendable, Hashable {
    case v4, v6

    /// The length of an address in bits.
    public var bits: Int { self == .v4 ? 32 : 128 }

    /// `AF_INET` or `AF_INET6`.
    public var number: Int32 { self == .v4 ? AF_INET : AF_INET6 }
}

extension IPFamily: CustomStringConvertible {
    public var description: String { self == .v4 ? "IPv4" : "IPv6" }
}
