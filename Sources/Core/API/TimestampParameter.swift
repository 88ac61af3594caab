import Model

/// `since` and `until`: seconds since 1970 with a fraction ("1136073600.000000001"), RFC 3339, or a duration back
/// from now ("1h30m").
package enum TimestampParameter {
    /// Go's zero time, 0001-01-01T00:00:00Z, in seconds since 1970: Docker's word for "never".
    private static let never: Int64 = -62_135_596_800

    /// - Parameter now: nanoseconds since 1970, for durations.
    /// - Returns: nanoseconds since 1970, at most as far away as fits (the years 1677 to 2262); nil for an empty text
    ///   and for Go's zero time.
    /// - Throws: `BerthError.invalid` for something else.
    package static func parse(_ text: String?, now: Int64) throws -> Int64? {
        guard let text, !text.isEmpty else { return nil }
        if let (seconds, fraction) = unixTime(text) ?? rfc3339(text) {
            return seconds == never && fraction == 0 ? nil : nanoseconds(seconds: seconds, fraction: fraction)
        }
        if let duration = duration(text) { return now - duration }
        throw BerthError.invalid("invalid timestamp \"\(text)\"")
    }

    /// Held to the range of `Int64`.
    private static func nanoseconds(seconds: Int64, fraction: Int64) -> Int64 {
        let (whole, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isJustTooFar) = whole.addingReportingOverflow(fraction)
        return isTooFar || isJustTooFar ? (seconds < 0 ? .min : .max) : sum
    }

    /// Seconds since 1970, and the nanoseconds beside them.
    private static func unixTime(_ text: String) -> (seconds: Int64, fraction: Int64)? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let seconds = Int64(parts[0]) else { return nil }
        guard parts.count == 2 else { return (seconds, 0) }
        guard let fraction = nanoseconds(fraction: parts[1]) else { return nil }
        return (seconds, seconds < 0 ? -fraction : fraction)
    }

    /// The digits after a decimal point, at most nine of them.
    private static func nanoseconds(fraction digits: Substring) -> Int64? {
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let nine = digits.prefix(9)
        return Int64(nine + String(repeating: "0", count: 9 - nine.count))
    }

    /// RFC 3339, section 5.6; a date alone or without offset is UTC.
    private static func rfc3339(_ text: String) -> (seconds: Int64, fraction: Int64)? {
        var rest = Substring(text)
        func number(_ digits: Int) -> Int64? {
            let part = rest.prefix(digits)
            guard part.utf8.count == digits, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            rest = rest.dropFirst(digits)
            return Int64(part)
        }
        func skip(_ characters: String) -> Bool {
            guard let first = rest.first, characters.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4), skip("-"), let month = number(2), skip("-"), let day = number(2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var seconds = Timestamp.days(year: year, month: month, day: day) * 86_400
        var fraction: Int64 = 0
        if skip("Tt ") {
            guard let hour = number(2), skip(":"), let minute = number(2) else { return nil }
            seconds += hour * 3600 + minute * 60
            if skip(":") {
                guard let second = number(2) else { return nil }
                seconds += second
            }
            if skip(".") {
                let digits = rest.prefix { $0.isASCII && $0.isNumber }
                guard let value = nanoseconds(fraction: digits) else { return nil }
                fraction = value
                rest = rest.dropFirst(digits.count)
            }
            if !skip("Zz"), let sign = rest.first {
                guard skip("+-"), let hour = number(2), skip(":"), let minute = number(2) else { return nil }
                seconds -= (sign == "-" ? -1 : 1) * (hour * 3600 + minute * 60)
            }
        }
        return rest.isEmpty ? (seconds, fraction) : nil
    }

    /// Go's durations: numbers with the units h, m, s, ms, us, µs, ns.
    private static func duration(_ text: String) -> Int64? {
        let units: [(String, Double)] = [
            ("ms", 1e6), ("us", 1e3), ("µs", 1e3), ("ns", 1), ("h", 3600e9), ("m", 60e9), ("s", 1e9),
        ]
        var rest = Substring(text)
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let (unit, scale) = units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
            rest = rest.dropFirst(unit.count)
            total += number * scale
        }
        return total < 9.2e18 && !text.isEmpty ? Int64(total) : nil
    }
}
