import Model

/// The query of a request, decoded (application/x-www-form-urlencoded).
package struct Query: Sendable {
    private var pairs: [(name: String, value: String)] = []

    package init(_ text: Substring) {
        for pair in text.utf8.split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            let value = equals == pair.endIndex ? pair[equals...] : pair[pair.index(after: equals)...]
            pairs.append((Self.decode(pair[..<equals]), Self.decode(value)))
        }
    }

    /// The first value of a parameter; nil when it is absent.
    package subscript(name: String) -> String? {
        pairs.first { $0.name == name }?.value
    }

    /// Every value of a parameter that may be repeated.
    package func all(_ name: String) -> [String] {
        pairs.filter { $0.name == name }.map(\.value)
    }

    /// Docker's booleans: everything but "", "0", "no", "false" and "none" is true.
    package func bool(_ name: String, default absent: Bool = false) -> Bool {
        guard let value = self[name] else { return absent }
        return !["", "0", "no", "false", "none"].contains(value.trimmed().lowercased())
    }

    /// A number; nil when the parameter is absent or empty.
    /// - Throws: `BerthError.invalid` for something else.
    package func int(_ name: String) throws -> Int? {
        guard let value = self[name], !value.isEmpty else { return nil }
        guard let number = Int(value) else {
            throw BerthError.invalid("invalid value \"\(value)\" for parameter \"\(name)\": not a number")
        }
        return number
    }

    /// The `filters` parameter.
    /// - Throws: `BerthError.invalid` when it is malformed.
    package func filters() throws -> Filters {
        try FilterParameter.parse(self["filters"] ?? "")
    }

    private static func decode(_ text: Substring.UTF8View) -> String {
        guard text.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
            return String(Substring(text))
        }
        return percentDecode(text, plusIsSpace: true)
    }

    /// Undoes percent encoding; a `%` that no two hexadecimal digits follow stays.
    package static func percentDecode(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = text.startIndex
        while index != text.endIndex {
            let byte = text[index]
            index = text.index(after: index)
            if byte == UInt8(ascii: "+"), plusIsSpace {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%"),
                let high = text[index...].first.flatMap(hexDigit),
                let low = text[index...].dropFirst().first.flatMap(hexDigit)
            {
                bytes.append(high << 4 | low)
                index = text.index(index, offsetBy: 2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

extension String {
    func trimmed() -> String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
