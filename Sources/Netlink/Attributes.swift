/// A run of netlink attributes (type, length, value), valid as long as the message is.
package struct Attributes: Sequence, IteratorProtocol {
    private var rest: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// The next attribute; nil at the end and at a malformed one.
    package mutating func next() -> Attribute? {
        guard rest.count >= 4 else { return nil }
        let length = Int(rest.loadUnaligned(as: UInt16.self))
        guard length >= 4, length <= rest.count else { return nil }
        let type = Int(rest.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        let bytes = UnsafeRawBufferPointer(rebasing: rest[4..<length])
        rest = UnsafeRawBufferPointer(rebasing: rest[Swift.min((length + 3) & ~3, rest.count)...])
        return Attribute(type: type & 0x3FFF, isNested: type & Attribute.nestedFlag != 0, bytes: bytes)
    }

    /// The first attribute of a type.
    package subscript(type: Int) -> Attribute? {
        first { $0.type == type }
    }
}

/// One attribute, valid as long as the message is.
package struct Attribute {
    package let type: Int
    /// Whether the sender says that its value is attributes (NLA_F_NESTED); the kernel does so in part only.
    package let isNested: Bool
    package let bytes: UnsafeRawBufferPointer

    /// NLA_F_NESTED, a bit of the type.
    fileprivate static let nestedFlag = 0x8000

    /// The whole attribute as it was sent: head, value, and what fills it up to four bytes.
    package var copy: [UInt8] { Self.encoded(UInt32(type), isNested: isNested, bytes) }

    /// An attribute as it is sent. Its value has less than 64 KiB.
    package static func encoded(_ type: UInt32, isNested: Bool = false, _ value: some Collection<UInt8>) -> [UInt8] {
        let head = [UInt16(value.count + 4), UInt16(type) | (isNested ? UInt16(nestedFlag) : 0)]
        let filling = [UInt8](repeating: 0, count: -value.count & 3)
        return head.withUnsafeBytes { Array($0) } + value + filling
    }

    package var uint32: UInt32? { bytes.count >= 4 ? bytes.loadUnaligned(as: UInt32.self) : nil }
    package var nested: Attributes { Attributes(bytes) }
    /// Text up to a NUL byte or the end.
    package var string: String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
