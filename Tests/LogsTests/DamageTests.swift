import Glibc
import Logs
import Testing

@Suite struct DamageTests {
    private static let record =
        #"{"log":"a \"quoted\" {\"log\":\"x\"}\n","stream":"stderr","attrs":{"log":"b","k":"{"},"#
        + #""time":"1970-01-01T00:00:07Z"}"#

    /// A writer that was cut off anywhere in an entry, and went on with the next ones.
    @Test func anEntryThatWasCutTakesNoOtherWithIt() throws {
        let record = Array(Self.record.utf8)
        for cut in 1..<record.count {
            let log = try LogFixture()
            defer { log.clean() }
            log.line(1)
            log.raw(String(decoding: record[..<cut], as: UTF8.self))
            log.line(2)
            log.raw(String(decoding: record[..<cut], as: UTF8.self))
            log.raw(String(decoding: record[..<(record.count - cut)], as: UTF8.self))
            log.raw(Self.record + "\n")
            log.line(3)
            let expected = lines(1...2) + ["a \"quoted\" {\"log\":\"x\"}\n"] + lines([3])
            #expect(try drain(LogReader(path: log.path)) == expected, "cut at \(cut)")
        }
    }

    @Test func anEntryThatLostNothingButItsEndOfLineIsGivenToo() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.raw(Self.record)
        log.raw(Self.record)
        log.line(1)
        log.line(2)
        let text = "a \"quoted\" {\"log\":\"x\"}\n"
        #expect(try drain(LogReader(path: log.path)) == [text, text] + lines([1, 2]))
    }

    @Test func holesOfZerosAreStridden() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        log.raw(String(repeating: "\0", count: 5000))
        log.line(2)
        #expect(try drain(LogReader(path: log.path)) == lines([1, 2]))
        #expect(try drain(LogReader(path: log.path, query: LogQuery(tail: 1))) == lines([2]))
    }

    /// Whole files of entries, each missing a piece anywhere: all that is whole is given, in order, and nothing twice.
    @Test func filesThatLackAPieceGiveTheRest() throws {
        var random = SystemRandomNumberGenerator()
        // The number twice: without a piece it is never another's text.
        func text(_ number: Int) -> String { "line \(number) of \(number)" }
        for _ in 0..<100 {
            let log = try LogFixture()
            defer { log.clean() }
            var records: [String] = []
            for number in 1...40 {
                records.append(
                    "{\"log\":\"\(text(number))\\n\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:00Z\"}\n")
            }
            let all = Array(records.joined().utf8)
            let from = Int.random(in: 0..<all.count, using: &random)
            let to = Int.random(in: from..<all.count, using: &random)
            log.raw(String(decoding: all[..<from] + all[to...], as: UTF8.self))
            // Entries that are wholly before or behind the piece.
            var offset = 0
            var whole: [Int] = []
            for (index, record) in records.enumerated() {
                let end = offset + record.utf8.count
                if end <= from || offset >= to { whole.append(index + 1) }
                offset = end
            }
            let seen = try drain(LogReader(path: log.path))
            let rest = whole.map { text($0) + "\n" }
            // What the two edges may make together is the only other entry.
            #expect(seen.filter { rest.contains($0) } == rest, "without \(from)..<\(to)")
            #expect(seen.count <= whole.count + 1)
        }
    }
}
