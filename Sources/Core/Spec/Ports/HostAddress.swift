import Addresses

/// An address of the host that ports are published at, as a text.
package enum HostAddress {
    package static let anyIPv4 = "0.0.0.0"
    package static let anyIPv6 = "::"

    /// The one way to write it, as Docker does: an IPv4 address in the clothes of IPv6 is one. Nil when it is no address.
    package static func canonical(_ text: String) -> String? {
        guard let address = IPAddress(text) else { return nil }
        guard address.isIPv6, address.value >> 32 == 0xFFFF else { return "\(address)" }
        return "\(IPAddress(.v4, address.value))"
    }

    package static func isIPv6(_ address: String) -> Bool { address.utf8.contains(UInt8(ascii: ":")) }

    /// Whether somebody at one of the two is in the way of somebody at the other.
    package static func overlap(_ first: String, _ second: String) -> Bool {
        guard isIPv6(first) == isIPv6(second) else { return false }
        let any = isIPv6(first) ? anyIPv6 : anyIPv4
        return first == second || first == any || second == any
    }
}
