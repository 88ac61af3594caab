import API
import Model
import Testing

/// Times that `Int64` has no nanoseconds for, and the one that means none.
@Suite struct TimestampRangeTests {
    @Test(
        arguments: [
            ("-9223372037", .min), ("-9223372036.999999999", .min), ("-99999999999", .min), ("1677-01-01", .min),
            ("0001-01-02T00:00:00Z", .min), ("9223372036.999999999", .max), ("99999999999", .max),
            ("2263-01-01T00:00:00Z", .max), ("9999-12-31T23:59:59.999999999-23:59", .max),
        ] as [(String, Int64)])
    func timesThatAreTooFarAwayAreAsFarAsPossible(_ text: String, _ nanoseconds: Int64) throws {
        #expect(try TimestampParameter.parse(text, now: 0) == nanoseconds)
    }

    @Test(arguments: ["-1.5": -1_500_000_000, "-9223372036": -9_223_372_036_000_000_000] as [String: Int64])
    func timesBefore1970AreRead(_ text: String, _ nanoseconds: Int64) throws {
        #expect(try TimestampParameter.parse(text, now: 0) == nanoseconds)
    }

    @Test(arguments: ["0001-01-01T00:00:00Z", "-62135596800", "-62135596800.000000000"])
    func zeroTimeOfGoIsNone(_ text: String) throws {
        #expect(try TimestampParameter.parse(text, now: 0) == nil)
    }

    @Test(arguments: ["999999999999999999h", "inf", "nan"])
    func durationsThatAreTooLongAreRefused(_ text: String) {
        #expect(throws: BerthError.self) { try TimestampParameter.parse(text, now: 0) }
    }
}
