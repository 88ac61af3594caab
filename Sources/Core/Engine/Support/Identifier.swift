import Glibc

enum Identifier {
    /// 64 random hexadecimal digits, never all decimal in the first 12 (a short ID must not look like a number).
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        while true {
            var text = ""
            text.reserveCapacity(64)
            for _ in 0..<4 {
                let word = String(generator.next() as UInt64, radix: 16)
                text += String(repeating: "0", count: 16 - word.count) + word
            }
            if text.prefix(12).contains(where: { $0.isLetter }) { return text }
        }
    }

    static func isHex(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ($0 >= 48 && $0 <= 57) || ($0 >= 97 && $0 <= 102) }
    }
}
