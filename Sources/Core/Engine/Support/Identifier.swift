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

    /// Docker's rule for names of containers and volumes: `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
    static func isName(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count >= 2, isAlphanumeric(bytes[0]) else { return false }
        return bytes.dropFirst().allSatisfy { isAlphanumeric($0) || $0 == 95 || $0 == 46 || $0 == 45 }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (byte >= 48 && byte <= 57) || (byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122)
    }
}
