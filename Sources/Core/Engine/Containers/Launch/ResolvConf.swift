import Addresses
import Glibc

/// What a resolv.conf(5) says.
struct ResolvConf: Equatable, Sendable {
    /// Where a resolver of systemd-resolved's keeps the servers that it asks itself, for those who cannot reach it.
    static let ofSystemd = "/run/systemd/resolve/resolv.conf"

    var servers: [String] = []
    var search: [String] = []
    var options: [String] = []

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            switch words.first {
            case "nameserver" where words.count > 1: servers.append(words[1])
            case "search", "domain": search = Array(words.dropFirst())
            case "options": options += words.dropFirst()
            default: break
            }
        }
    }

    /// Whether servers are named, and all of them only the host itself can reach.
    var isLocal: Bool { !servers.isEmpty && servers.allSatisfy { NameServer($0)?.isLoopback ?? false } }

    /// Leaves out servers that a container with a network of its own does not reach.
    mutating func keepReachable(ipv6: Bool) {
        servers = servers.filter { text in
            guard let server = NameServer(text) else { return false }
            return !server.isLoopback && (ipv6 || !server.isIPv6)
        }
    }

    var text: String {
        var result = servers.map { "nameserver \($0)\n" }.joined()
        if !search.isEmpty { result += "search \(search.joined(separator: " "))\n" }
        if !options.isEmpty { result += "options \(options.joined(separator: " "))\n" }
        return result
    }
}

/// The address of a name server, in any of the forms that resolvers read: IPv4 as inet_aton(3) has it, IPv6 perhaps with
/// a zone.
struct NameServer: Equatable, Sendable {
    let isIPv6: Bool
    /// The host's own, or no address at all, which means the host too.
    let isLoopback: Bool

    /// Nil for what is no address.
    init?(_ text: String) {
        var four = in_addr()
        if inet_aton(text, &four) != 0 {  // lint: allow address-text, because resolvers read 127.1 as well
            isIPv6 = false
            isLoopback = Self.isLoopback(UInt32(bigEndian: four.s_addr))
            return
        }
        guard let address = IPAddress(text.prefix { $0 != "%" }), address.isIPv6 else { return nil }
        // ::ffff:0:0/96 stands for IPv4 (RFC 4291).
        let isMapped = address.value >> 32 == 0xFFFF
        isIPv6 = !isMapped
        isLoopback = isMapped ? Self.isLoopback(UInt32(truncatingIfNeeded: address.value)) : address.value <= 1
    }

    private static func isLoopback(_ address: UInt32) -> Bool { address >> 24 == 127 || address == 0 }
}
