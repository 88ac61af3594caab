import Addresses
import Model

extension MACAddress {
    /// What an interface can have: neither a group's address nor zero. An empty text is none, and fine.
    /// - Throws: `BerthError.invalidParameter`.
    package static func check(_ text: String) throws {
        guard !text.isEmpty else { return }
        guard let address = MACAddress(text), address.bytes[0] & 1 == 0, address.bytes.contains(where: { $0 != 0 })
        else {
            throw BerthError.invalid("invalid MAC address: \(text)")
        }
    }
}
