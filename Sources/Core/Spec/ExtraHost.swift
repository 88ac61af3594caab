import Addresses
import Model

/// An entry of `--add-host`, "name:address".
package struct ExtraHost: Sendable, Hashable {
    /// In place of an address: the host's, as containers of the default network reach it.
    package static let gateway = "host-gateway"

    package var name: String
    package var address: String

    /// An IPv6 address has more colons than the one that separates.
    /// - Throws: `BerthError.invalid` without a name or a colon, and for an address that is none and stands for none.
    package init(parsing entry: String) throws {
        guard let colon = entry.firstIndex(of: ":"), colon != entry.startIndex else {
            throw BerthError.invalid("bad format for add-host: \"\(entry)\"")
        }
        name = String(entry[..<colon])
        address = String(entry[entry.index(after: colon)...])
        guard address == Self.gateway || IPAddress(address) != nil else {
            throw BerthError.invalid("invalid IP address in add-host: \"\(address)\"")
        }
    }
}
