import Patterns

/// Expressions of clients: one in the first line, a text for it behind.
enum Expressions {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
        let pattern = try Pattern(String(decoding: bytes[..<end], as: UTF8.self))
        _ = pattern.isFound(in: String(decoding: bytes[end...], as: UTF8.self))
    }
}
