/// Content digests as text, "sha256:" and 64 lower-case hexadecimal digits (OCI image specification, "Digests").
public enum Digest {
    static let prefix = "sha256:"

    /// The digest of bytes held in memory.
    public static func sha256(_ bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        Array(bytes).withUnsafeBytes { hash.update($0) }
        return text(hash)
    }

    /// Whether `text` is a whole SHA-256 digest.
    public static func isValid(_ text: String) -> Bool {
        text.hasPrefix(prefix) && text.utf8.count == prefix.utf8.count + 64
            && text.utf8.dropFirst(prefix.utf8.count).allSatisfy(isLowerHex)
    }

    /// The digits without "sha256:".
    public static func hex(_ digest: String) -> String {
        digest.hasPrefix(prefix) ? String(digest.dropFirst(prefix.count)) : digest
    }

    /// The chain IDs of a stack of layers, bottom first (OCI image specification, "Layer ChainID").
    public static func chainIDs(of diffIDs: [String]) -> [String] {
        var chain: [String] = []
        for diffID in diffIDs {
            chain.append(chain.last.map { sha256("\($0) \(diffID)".utf8) } ?? diffID)
        }
        return chain
    }

    /// The digest of what a hash has been given so far.
    static func text(_ hash: SHA256) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var bytes: [UInt8] = []
        for byte in hash.digest {
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
        return prefix + String(decoding: bytes, as: UTF8.self)
    }

    static func isLowerHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }

    static func isHex(_ byte: UInt8) -> Bool { isLowerHex(byte) || (65...70).contains(byte) }
}
