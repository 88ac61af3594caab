import Addresses

/// An entry of `--add-host`, "name:address".
struct ExtraHost {
    /// In place of an address: the host's, as containers of the default network reach it.
    static let gateway = "host-gateway"

    var name: Substring
    var address: Substring

    /// Nil without a name or a colon. An IPv6 address has more of these.
    init?(_ entry: String) {
        guard let colon = entry.firstIndex(of: ":"), colon != entry.startIndex else { return nil }
        name = entry[..<colon]
        address = entry[entry.index(after: colon)...]
    }

    /// Whether the address is one, or stands for one.
    var isValid: Bool { address == Self.gateway || IPAddress(address) != nil }
}
