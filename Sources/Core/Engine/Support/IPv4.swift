import Glibc

/// IPv4 arithmetic, as far as the engine checks what a client gave.
struct IPv4: Equatable, Sendable, CustomStringConvertible {
    var value: UInt32

    static func parse(_ text: String) -> IPv4? {
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return IPv4(value: UInt32(bigEndian: address.s_addr))
    }

    var description: String {
        "\(value >> 24).\((value >> 16) & 255).\((value >> 8) & 255).\(value & 255)"
    }

    /// The address part of "10.0.0.1/24", or the text itself.
    static func withoutPrefix(_ cidr: String) -> String {
        cidr.firstIndex(of: "/").map { String(cidr[..<$0]) } ?? cidr
    }
}

extension IPv4 {
    /// "10.1.0.1" with the prefix of "10.1.0.0/24".
    static func cidr(_ address: String, in subnet: String) -> String {
        guard !address.isEmpty, let slash = subnet.firstIndex(of: "/") else { return address }
        return address + subnet[slash...]
    }
}

/// IPv6, of which the engine knows only what it looks like.
enum IPv6 {
    static func isAddress(_ text: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, text, &address) == 1
    }
}

/// An IPv4 subnet.
struct Subnet: Equatable, Sendable {
    var base: IPv4
    var prefix: Int

    /// "10.0.0.0/24"; nil for anything else.
    static func parse(_ text: String) -> Subnet? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4.parse(String(parts[0])), let prefix = Int(parts[1]),
            (0...32).contains(prefix)
        else { return nil }
        return Subnet(base: IPv4(value: address.value & mask(prefix)), prefix: prefix)
    }

    static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : ~UInt32(0) << UInt32(32 - prefix) }

    func contains(_ address: IPv4) -> Bool { address.value & Self.mask(prefix) == base.value }
}
