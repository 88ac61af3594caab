import Model

/// The keys that leave a terminal without ending what runs in it; ctrl-p ctrl-q unless the client names others.
package struct DetachKeys: Sendable, Equatable {
    package let bytes: [UInt8]

    package static let standard = DetachKeys(bytes: [0x10, 0x11])

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Reads "ctrl-x,a": single characters, `ctrl-` with a letter or one of `@[\]^_`, `DEL`, separated by commas.
    /// An absent or empty text means the standard keys.
    /// - Throws: `BerthError.invalid` with Docker's text for something else.
    package init(_ text: String?) throws {
        guard let text, !text.isEmpty else {
            self = .standard
            return
        }
        var bytes: [UInt8] = []
        for key in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let byte = Self.byte(key) else {
                throw BerthError.invalid("Invalid detach keys (\(text)) provided")
            }
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    private static func byte(_ key: Substring) -> UInt8? {
        if key.utf8.count == 1 { return key.utf8.first }
        if key == "DEL" { return 127 }
        guard key.hasPrefix("ctrl-"), key.utf8.count == 6, let letter = key.utf8.last else { return nil }
        switch letter {
        case UInt8(ascii: "a")...UInt8(ascii: "z"): return letter - UInt8(ascii: "a") + 1
        case UInt8(ascii: "@"): return 0
        case UInt8(ascii: "["), UInt8(ascii: "\\"), UInt8(ascii: "]"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            return letter - UInt8(ascii: "@")
        default: return nil
        }
    }
}

/// Looks for the detach keys in a terminal's input, however it is cut into pieces.
///
/// Keys that may be the beginning of the sequence are held back until the next key decides.
package struct DetachKeyMatcher: Sendable {
    private let keys: [UInt8]
    /// How many of the keys the last bytes of input are.
    private var matched = 0

    package init(_ keys: DetachKeys) {
        self.keys = keys.bytes
    }

    /// Passes input on.
    /// - Returns: the bytes that are input, and whether the sequence has been completed; what follows it is dropped.
    package mutating func process(_ input: some Sequence<UInt8>) -> (output: [UInt8], isDetached: Bool) {
        var output: [UInt8] = []
        for byte in input {
            var held = keys[..<matched] + [byte]
            while !keys.starts(with: held), let first = held.popFirst() {
                output.append(first)
            }
            matched = held.count
            if matched == keys.count { return (output, true) }
        }
        return (output, false)
    }
}
