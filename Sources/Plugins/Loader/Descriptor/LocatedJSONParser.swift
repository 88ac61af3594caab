/// A parser of JSON (RFC 8259) that keeps lines. It is strict: no comments, no trailing commas, no key twice.
struct LocatedJSONParser {
    struct Failure: Error, Equatable {
        var line: Int
        var reason: String
    }

    private static let depthLimit = 64
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    /// Throws `Failure` with the line and the reason.
    static func parse(_ bytes: [UInt8]) throws(Failure) -> LocatedJSON {
        var parser = LocatedJSONParser(bytes: bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.unexpected("after the end of the JSON value") }
        return value
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func value(depth: Int) throws(Failure) -> LocatedJSON {
        skipSpace()
        guard depth < Self.depthLimit else { throw failure("nested deeper than \(Self.depthLimit) levels") }
        let start = line
        switch peek {
        case UInt8(ascii: "{"): return LocatedJSON(line: start, value: .object(try members(depth: depth)))
        case UInt8(ascii: "["): return LocatedJSON(line: start, value: .array(try elements(depth: depth)))
        case UInt8(ascii: "\""): return LocatedJSON(line: start, value: .string(try string()))
        case UInt8(ascii: "t"): try word("true"); return LocatedJSON(line: start, value: .bool(true))
        case UInt8(ascii: "f"): try word("false"); return LocatedJSON(line: start, value: .bool(false))
        case UInt8(ascii: "n"): try word("null"); return LocatedJSON(line: start, value: .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            return LocatedJSON(line: start, value: try number())
        default: throw unexpected("where a value should begin")
        }
    }

    private mutating func members(depth: Int) throws(Failure) -> [LocatedJSON.Member] {
        position += 1
        var members: [LocatedJSON.Member] = []
        skipSpace()
        if take("}") { return members }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw unexpected("where a key in quotes should begin") }
            let keyLine = line
            let key = try string()
            if let first = members.first(where: { $0.key == key }) {
                throw Failure(line: keyLine, reason: "key \"\(key)\" is there already, on line \(first.line)")
            }
            skipSpace()
            guard take(":") else { throw unexpected("where a colon should follow key \"\(key)\"") }
            members.append(.init(key: key, line: keyLine, value: try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return members }
            guard take(",") else { throw unexpected("where a comma or the end of the object should be") }
        }
    }

    private mutating func elements(depth: Int) throws(Failure) -> [LocatedJSON] {
        position += 1
        var elements: [LocatedJSON] = []
        skipSpace()
        if take("]") { return elements }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw unexpected("where a comma or the end of the array should be") }
        }
    }

    private mutating func string() throws(Failure) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("a string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"): text.append(contentsOf: try escape())
            case 0..<0x20: throw failure("a control character in a string must be escaped")
            default: text.append(byte)
            }
        }
        throw failure("the file ends inside a string")
    }

    private mutating func escape() throws(Failure) -> [UInt8] {
        guard let byte = peek else { throw failure("the file ends inside a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            var units = [try hexadecimal()]
            if 0xD800..<0xDC00 ~= units[0], take("\\") {
                guard take("u") else { throw failure("half a surrogate pair in a string") }
                units.append(try hexadecimal())
            }
            guard let text = String(validating: units, as: UTF16.self) else {
                throw failure("half a surrogate pair in a string")
            }
            return Array(text.utf8)
        default: throw failure("\"\\\(Character(UnicodeScalar(byte)))\" is no escape sequence")
        }
    }

    private mutating func hexadecimal() throws(Failure) -> UInt16 {
        guard position + 4 <= bytes.count,
            let digits = String(validating: bytes[position..<position + 4], as: UTF8.self),
            digits.allSatisfy(\.isHexDigit), let unit = UInt16(digits, radix: 16)
        else { throw failure("\"\\u\" must be followed by four hexadecimal digits") }
        position += 4
        return unit
    }

    private mutating func number() throws(Failure) -> LocatedJSON.Value {
        let start = position
        _ = take("-")
        let integer = digits()
        guard !integer.isEmpty, integer.count == 1 || integer.first != UInt8(ascii: "0") else {
            throw failure("malformed number")
        }
        var isWhole = true
        if take(".") {
            isWhole = false
            guard !digits().isEmpty else { throw failure("malformed number") }
        }
        if take("e") || take("E") {
            isWhole = false
            if !take("+") { _ = take("-") }
            guard !digits().isEmpty else { throw failure("malformed number") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw failure("number \(text) is too large") }
        return .number(value)
    }

    private mutating func digits() -> ArraySlice<UInt8> {
        let start = position
        while let byte = peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        return bytes[start..<position]
    }

    private mutating func word(_ word: StaticString) throws(Failure) {
        let expected = word.withUTF8Buffer { [UInt8]($0) }
        guard bytes[position...].starts(with: expected) else { throw unexpected("where a value should begin") }
        position += expected.count
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            if byte == 0x0A { line += 1 }
            position += 1
        }
    }

    private func failure(_ reason: String) -> Failure { Failure(line: line, reason: reason) }

    private func unexpected(_ place: String) -> Failure {
        guard let byte = peek else { return failure("the file ends \(place)") }
        let shown = 0x21..<0x7F ~= byte ? "\"\(Character(UnicodeScalar(byte)))\"" : "byte \(byte)"
        return failure("\(shown) \(place)")
    }
}
