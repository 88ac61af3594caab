import Images
import Model

/// The `until` of prune filters.
enum PruneTime {
    /// "24h", "10m30s", seconds since 1970, or RFC 3339 → nanoseconds since 1970.
    /// - Throws: `BerthError.invalid` naming the text, for a time too that is out of the range of `Int64`.
    static func parse(_ text: String) throws -> Int64 {
        if let seconds = Double(text), let time = nanoseconds(seconds) { return time }
        if let time = Timestamp.nanoseconds(text) { return time }
        guard let duration = seconds(text).flatMap(nanoseconds) else {
            throw BerthError.invalid("invalid filter 'until=\(text)'")
        }
        return Clock.now() - duration
    }

    /// Nil for what is not a number or does not fit.
    private static func nanoseconds(_ seconds: Double) -> Int64? {
        Int64(exactly: (seconds * 1e9).rounded())
    }

    /// "1h30m" in seconds; never negative.
    private static func seconds(_ text: String) -> Double? {
        let units: [Character: Double] = ["h": 3600, "m": 60, "s": 1]
        var total = 0.0
        var number = ""
        guard !text.isEmpty else { return nil }
        for character in text {
            if character.isNumber || character == "." {
                number.append(character)
            } else {
                guard let unit = units[character], let value = Double(number) else { return nil }
                total += unit * value
                number = ""
            }
        }
        return number.isEmpty ? total : nil
    }
}
