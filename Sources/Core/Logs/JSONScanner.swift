/// Goes through JSON text in memory (RFC 8259), byte by byte, without building anything but strings.
struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    private mutating func skipBlanks() {
        while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    }

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return position == bytes.count
        }
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        if position < bytes.count, bytes[position] == byte {
            position += 1
            return true
        }
        skipBlanks()
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// The content of a string with its escapes undone; nil where there is no whole string.
    mutating func string() -> [UInt8]? {
        guard skip(UInt8(ascii: "\"")) else { return nil }
        var result: [UInt8] = []
        var start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                result.append(contentsOf: bytes[start..<position])
                position += 1
                return result
            }
            if byte == UInt8(ascii: "\\") {
                result.append(contentsOf: bytes[start..<position])
                guard escape(into: &result) else { return nil }
                start = position
            } else {
                position += 1
            }
        }
        return nil
    }

    /// `position` is at a backslash.
    private mutating func escape(into result: inout [UInt8]) -> Bool {
        guard position + 1 < bytes.count else { return false }
        let code = bytes[position + 1]
        position += 2
        switch code {
        case UInt8(ascii: "n"): result.append(0x0a)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "r"): result.append(0x0d)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0c)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(code)
        case UInt8(ascii: "u"):
            guard let unit = hexadecimal() else { return false }
            append(unit, to: &result)
        default: return false
        }
        return true
    }

    private mutating func hexadecimal() -> UInt32? {
        guard position + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[position..<(position + 4)] {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        position += 4
        return value
    }

    /// A surrogate without its other half becomes U+FFFD.
    private mutating func append(_ unit: UInt32, to result: inout [UInt8]) {
        var code = unit
        if (0xd800..<0xdc00).contains(unit), position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            let before = position
            position += 2
            if let low = hexadecimal(), (0xdc00..<0xe000).contains(low) {
                code = 0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)
            } else {
                position = before
            }
        }
        result.append(contentsOf: UTF8.encode(Unicode.Scalar(code) ?? "\u{fffd}") ?? UTF8.encodedReplacementCharacter)
    }

    /// Passes over any value. Nesting beyond 64 levels counts as wrong.
    mutating func skipValue(depth: Int) -> Bool {
        guard depth < 64 else { return false }
        if skip(UInt8(ascii: "{")) {
            if skip(UInt8(ascii: "}")) { return true }
            repeat {
                guard string() != nil, skip(UInt8(ascii: ":")), skipValue(depth: depth + 1) else { return false }
            } while skip(UInt8(ascii: ","))
            return skip(UInt8(ascii: "}"))
        }
        if skip(UInt8(ascii: "[")) {
            if skip(UInt8(ascii: "]")) { return true }
            repeat {
                guard skipValue(depth: depth + 1) else { return false }
            } while skip(UInt8(ascii: ","))
            return skip(UInt8(ascii: "]"))
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: "\"") { return string() != nil }
        let start = position
        while position < bytes.count, isWordByte(bytes[position]) { position += 1 }
        return position > start
    }

    /// Reads an object's strings, and passes over its other values, or over what is no object.
    mutating func attributes(into result: inout [String: String]) -> Bool {
        guard skip(UInt8(ascii: "{")) else { return skipValue(depth: 0) }
        if skip(UInt8(ascii: "}")) { return true }
        repeat {
            guard let key = string(), skip(UInt8(ascii: ":")) else { return false }
            if skipBlank(before: UInt8(ascii: "\"")) {
                guard let value = string() else { return false }
                result[String(decoding: key, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
            } else if !skipValue(depth: 1) {
                return false
            }
        } while skip(UInt8(ascii: ","))
        return skip(UInt8(ascii: "}"))
    }

    /// Goes to the next byte that is no blank; whether it is this one.
    private mutating func skipBlank(before byte: UInt8) -> Bool {
        skipBlanks()
        return position < bytes.count && bytes[position] == byte
    }

    /// Of numbers, `true`, `false` and `null`.
    private func isWordByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte) || [0x2b, 0x2d, 0x2e, 0x45].contains(byte)
    }
}
