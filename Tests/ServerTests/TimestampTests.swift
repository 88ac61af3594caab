import API
import Model
import Testing

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "0001-01-01T00:00:00Z"),
            (1_000_000_000, "1970-01-01T00:00:01Z"),
            (1_709_210_096_120_000_000, "2024-02-29T12:34:56.12Z"),
            (1_709_210_096_000_000_001, "2024-02-29T12:34:56.000000001Z"),
            (951_782_399_999_999_999, "2000-02-28T23:59:59.999999999Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (4_102_444_800_000_000_000, "2100-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func timesAreWrittenAsGoDoes(_ nanoseconds: Int64, _ text: String) throws {
        #expect(Timestamp.rfc3339(nanoseconds) == text)
        if nanoseconds > 0 { #expect(try TimestampParameter.parse(text, now: 0) == nanoseconds) }
    }

    @Test func logLinesHaveNineDigits() {
        #expect(Timestamp.rfc3339Fixed(1_709_210_096_120_000_000) == "2024-02-29T12:34:56.120000000Z")
        #expect(Timestamp.rfc3339Fixed(0) == "1970-01-01T00:00:00.000000000Z")
    }

    @Test func httpDates() {
        #expect(Timestamp.httpDate(seconds: 784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(Timestamp.httpDate(seconds: 0) == "Thu, 01 Jan 1970 00:00:00 GMT")
    }

    @Test(
        arguments: [
            ("1136073600", 1_136_073_600_000_000_000), ("1136073600.5", 1_136_073_600_500_000_000),
            ("1136073600.000000001", 1_136_073_600_000_000_001),
            ("2006-01-01T01:00:00+01:00", 1_136_073_600_000_000_000),
            ("2006-01-01", 1_136_073_600_000_000_000), ("2006-01-01T00:00", 1_136_073_600_000_000_000),
            ("1h", 6_400_000_000_000), ("1m30s", 9_910_000_000_000), ("500ms", 9_999_500_000_000),
        ] as [(String, Int64)])
    func sinceIsReadInItsForms(_ text: String, _ nanoseconds: Int64) throws {
        #expect(try TimestampParameter.parse(text, now: 10_000_000_000_000) == nanoseconds)
    }

    @Test(arguments: ["soon", "1.x", "12:00", "2006-13-01", "5 minutes", "99999999999999999999"])
    func othersAreRefused(_ text: String) {
        #expect(throws: BerthError.self) { try TimestampParameter.parse(text, now: 0) }
    }

    @Test func absentIsNone() throws {
        #expect(try TimestampParameter.parse(nil, now: 5) == nil)
        #expect(try TimestampParameter.parse("", now: 5) == nil)
    }
}
