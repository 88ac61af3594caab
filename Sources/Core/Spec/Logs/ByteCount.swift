import Model

/// Numbers of bytes as Docker's command line has them (go-units).
enum ByteCount {
    private static let units: [Character] = ["k", "m", "g", "t", "p"]

    /// "10m", "1.5 KiB" and the like: a number, with a fraction perhaps, and a unit perhaps, of which `b` and `ib` at the end mean
    /// nothing. Fractions of a byte are cut off.
    ///
    /// - Parameter kilo: what `k` stands for, 1000 or 1024, and the other units a power of.
    /// - Throws: `BerthError.invalid` in Docker's words.
    static func parse(_ text: String, kilo: Double) throws -> UInt64 {
        let refusal = BerthError.invalid("invalid size: '\(text)'")
        guard let end = text.lastIndex(where: { "0123456789. ".contains($0) }) else { throw refusal }
        let suffix = text[text.index(after: end)...].lowercased()
        let number = text[end] == " " ? text[..<end] : text[...end]
        // Double would take "inf" and numbers in base 16 besides.
        guard number.allSatisfy({ "0123456789.eE+-".contains($0) }), var value = Double(number), value >= 0 else {
            throw refusal
        }
        let badSuffix = BerthError.invalid("invalid suffix: '\(suffix)'")
        if let unit = suffix.first, suffix != "b" {
            guard let power = units.firstIndex(of: unit), ["", "b", "ib"].contains(suffix.dropFirst()) else {
                throw badSuffix
            }
            for _ in 0...power { value *= kilo }
        }
        guard value < 0x1p63 else { throw refusal }
        return UInt64(value)
    }
}
