/// Writes JSON text straight into bytes: fields keep the order they are written in, and each type says itself what
/// is `null`, what is empty and what is left out, as Docker's clients expect.
///
/// No reflection and no intermediate tree, because an answer is written for every request.
package struct JSONWriter {
    package private(set) var bytes: [UInt8] = []
    /// Nothing has been written into the innermost object yet.
    private var isFirst = true

    package init() {
        bytes.reserveCapacity(512)
    }

    /// The UTF-8 text of one value.
    package static func encode(_ value: some JSONWritable) -> [UInt8] {
        var json = JSONWriter()
        value.write(to: &json)
        return json.bytes
    }

    /// Writes `{…}`; the closure writes its fields.
    package mutating func object(_ fields: (inout JSONWriter) -> Void) {
        let outer = isFirst
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        fields(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = outer
    }

    /// Writes `[…]` with each element as the closure writes it.
    package mutating func array<S: Sequence>(_ elements: S, _ element: (inout JSONWriter, S.Element) -> Void) {
        bytes.append(UInt8(ascii: "["))
        var separator = false
        for value in elements {
            if separator { bytes.append(UInt8(ascii: ",")) }
            separator = true
            element(&self, value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    /// Writes a field of the object being written; `nil` is written as `null`.
    package mutating func field(_ name: String, _ value: some JSONWritable) {
        key(name)
        value.write(to: &self)
    }

    /// Writes a field, or nothing when the value is `nil`.
    package mutating func optional(_ name: String, _ value: (some JSONWritable)?) {
        guard let value else { return }
        field(name, value)
    }

    /// Writes a field; `null` for an empty collection.
    package mutating func fieldOrNull(_ name: String, _ value: some JSONWritable & Collection) {
        if value.isEmpty { null(name) } else { field(name, value) }
    }

    /// Writes a field that is an object.
    package mutating func object(_ name: String, _ fields: (inout JSONWriter) -> Void) {
        key(name)
        object(fields)
    }

    /// Writes a field that is a list.
    package mutating func array<S: Sequence>(
        _ name: String, _ elements: S, _ element: (inout JSONWriter, S.Element) -> Void
    ) {
        key(name)
        array(elements, element)
    }

    /// Writes a field whose value is `null`.
    package mutating func null(_ name: String) {
        key(name)
        null()
    }

    package mutating func null() {
        raw("null")
    }

    /// Writes the name of a field; the value must follow.
    package mutating func key(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        string(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Writes text that is JSON already.
    package mutating func raw(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes a quoted string (RFC 8259, section 7).
    package mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            for index in 0..<utf8.count where Self.mustEscape(utf8[index]) {
                bytes.append(contentsOf: utf8[start..<index])
                escape(utf8[index])
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func mustEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        default:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: Array("u00".utf8))
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        }
    }
}
