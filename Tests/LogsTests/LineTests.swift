import Logs
import Testing

@Suite struct LineTests {
    private func parse(_ text: String) -> LogEntry? {
        var text = text
        return text.withUTF8 { JSONFileLine.parse($0) }
    }

    @Test func readsTextStreamAndTime() throws {
        let entry = try #require(
            parse(#"{"log":"hello\n","stream":"stderr","time":"2024-02-29T23:59:59.123456789Z"}"#))
        #expect(String(decoding: entry.bytes, as: UTF8.self) == "hello\n")
        #expect(entry.stream == .stderr)
        #expect(entry.time == 1_709_251_199_123_456_789)
        #expect(entry.timeText == "2024-02-29T23:59:59.123456789Z")
    }

    @Test func undoesEveryEscape() throws {
        let entry = try #require(
            parse(
                #"{"log":"\"\\\/\b\f\n\r\t\u0000\u001b\u00e9\u20ac\ud83d\ude00\ud83dx\ude00\u003c","stream":"stdout","time":"1970-01-01T00:00:00Z"}"#
            ))
        #expect(
            entry.bytes
                == Array("\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1b}é€😀\u{fffd}x\u{fffd}<".utf8))
    }

    @Test func takesFieldsInAnyOrderWithBlanksAndUnknownOnes() throws {
        var entry = try #require(
            parse(
                #" { "time" : "1970-01-01T01:00:01+01:00", "attrs":{"a":["b",1.5e3,null,{}],"c":true , "d" : "e"} , "log":"x" } "#
            ))
        #expect(entry.attributes == ["d": "e"])
        entry.attributes = [:]
        #expect(
            entry == LogEntry(stream: .stdout, time: 1_000_000_000, timeText: "1970-01-01T01:00:01+01:00", bytes: [120])
        )
    }

    @Test(arguments: [
        "", "{", "{}", "null", #"{"log":"x"}"#, #"{"log":1,"time":"1970-01-01T00:00:00Z"}"#,
        #"{"attrs":{"a":"b","log":"x","time":"1970-01-01T00:00:00Z"}"#,
        #"{"log":"x\q","time":"1970-01-01T00:00:00Z"}"#, #"{"log":"x\u12","time":"1970-01-01T00:00:00Z"}"#,
        #"{"log":"x","time":"1970-01-01T00:00:00Z"} x"#, #"{"log":"x","time":"1970-13-01T00:00:00Z"}"#,
        #"{"log":"x","time":"1970-01-01T00:00:00"}"#,
    ])
    func refusesWhatIsNoEntry(text: String) {
        #expect(parse(text) == nil)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000000000Z"), (1_709_251_199_000_000_001, "2024-02-29T23:59:59.000000001Z"),
            (951_782_400_500_000_000, "2000-02-29T00:00:00.500000000Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000000000Z"),
            (.max, "2262-04-11T23:47:16.854775807Z"),
            (-9_223_372_036_000_000_000, "1677-09-21T00:12:44.000000000Z"),
        ] as [(Int64, String)])
    func timesAreWrittenAndReadAlike(nanoseconds: Int64, text: String) {
        #expect(LogTime.text(nanoseconds) == text)
        #expect(LogTime.nanoseconds(Array(text.utf8)) == nanoseconds)
    }

    @Test(arguments: [
        "2262-04-11T23:47:16.854775808Z", "2262-04-11T23:47:16.999999999Z", "2262-04-11T23:47:17Z",
        "1677-09-21T00:12:43Z", "9999-12-31T23:59:60.999999999-99:99", "0000-01-01T00:00:00+99:99",
    ])
    func timesThatDoNotFitAreNone(text: String) {
        #expect(LogTime.nanoseconds(Array(text.utf8)) == nil)
        #expect(parse("{\"log\":\"x\",\"time\":\"\(text)\"}") == nil)
    }

    @Test func theEarliestTimeIsWritten() {
        #expect(LogTime.text(.min) == "1677-09-21T00:12:43.145224192Z")
    }
}
