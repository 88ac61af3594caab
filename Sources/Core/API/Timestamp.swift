import Model

/// Points in time as the API writes and reads them. All values are nanoseconds since 1970, UTC.
package enum Timestamp {
    private static let second: Int64 = 1_000_000_000

    /// RFC 3339 with as many digits of the second's fraction as are not zero; Go's zero time for 0.
    package static func rfc3339(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "0001-01-01T00:00:00Z" }
        return text(nanoseconds, fixedFraction: false)
    }

    /// RFC 3339 with nine digits of the second's fraction, as in front of log lines.
    package static func rfc3339Fixed(_ nanoseconds: Int64) -> String {
        text(nanoseconds, fixedFraction: true)
    }

    /// RFC 3339 in whole seconds (volumes).
    package static func rfc3339Seconds(_ nanoseconds: Int64) -> String {
        rfc3339(seconds(nanoseconds) * second)
    }

    /// Whole seconds, rounded down.
    package static func seconds(_ nanoseconds: Int64) -> Int64 {
        floorDivide(nanoseconds, second)
    }

    /// The `Date` header of RFC 9110, section 5.6.7.
    package static func httpDate(seconds: Int64) -> String {
        let days = floorDivide(seconds, 86_400)
        let (year, month, day) = civil(days: days)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        var bytes: [UInt8] = []
        bytes.append(contentsOf: "\(weekdays[Int(((days % 7) + 7) % 7)]), ".utf8)
        append(day, digits: 2, to: &bytes)
        bytes.append(contentsOf: " \(months[Int(month) - 1]) ".utf8)
        append(year, digits: 4, to: &bytes)
        bytes.append(0x20)
        appendTime(seconds - days * 86_400, to: &bytes)
        bytes.append(contentsOf: " GMT".utf8)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func text(_ nanoseconds: Int64, fixedFraction: Bool) -> String {
        let whole = seconds(nanoseconds)
        let days = floorDivide(whole, 86_400)
        let (year, month, day) = civil(days: days)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(30)
        append(year, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(month, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(day, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        appendTime(whole - days * 86_400, to: &bytes)
        var fraction = nanoseconds - whole * second
        if fixedFraction || fraction != 0 {
            var digits = 9
            while !fixedFraction, fraction % 10 == 0 {
                fraction /= 10
                digits -= 1
            }
            bytes.append(UInt8(ascii: "."))
            append(fraction, digits: digits, to: &bytes)
        }
        bytes.append(UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func appendTime(_ secondOfDay: Int64, to bytes: inout [UInt8]) {
        append(secondOfDay / 3600, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(secondOfDay / 60 % 60, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(secondOfDay % 60, digits: 2, to: &bytes)
    }

    private static func append(_ number: Int64, digits: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: digits))
        var rest = number
        for index in stride(from: start + digits - 1, through: start, by: -1) {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    /// Days since 1970 to the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
    private static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func floorDivide(_ number: Int64, _ divisor: Int64) -> Int64 {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }
}
