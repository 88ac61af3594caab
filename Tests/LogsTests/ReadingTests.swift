import Logs
import Testing

@Suite struct ReadingTests {
    @Test func givesAllEntriesOverAllRotatedFilesInOrder() throws {
        let log = try LogFixture()
        defer { log.clean() }
        for number in 1...5000 { log.line(number, rotatingAt: 60_000, keeping: 20) }
        #expect(try drain(LogReader(path: log.path)) == lines(1...5000))
    }

    @Test(arguments: [0, 1, 2, 999, 1000, 1001, 4999, 5000, 6000])
    func tailGivesTheLastLinesAcrossFiles(count: Int) throws {
        let log = try LogFixture()
        defer { log.clean() }
        for number in 1...5000 { log.line(number, rotatingAt: 100_000, keeping: 20) }
        let expected = lines((1...5000).suffix(count))
        #expect(try drain(LogReader(path: log.path, query: LogQuery(tail: count))) == expected)
    }

    @Test func tailFindsTheLastLineWhereItIsLongerThanABlock() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        let long = String(repeating: "x", count: 200_000)
        log.raw("{\"log\":\"\(long)\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:02Z\"}\n")
        #expect(try drain(LogReader(path: log.path, query: LogQuery(tail: 1))) == [long])
        #expect(try drain(LogReader(path: log.path, query: LogQuery(tail: 2))) == ["line 1\n", long])
    }

    @Test func sinceAndUntilIncludeTheirBounds() throws {
        let log = try LogFixture()
        defer { log.clean() }
        for number in 1...100 { log.line(number, rotatingAt: 1000, keeping: 50) }
        let query = LogQuery(since: 40_000_000_000, until: 60_000_000_000)
        #expect(try drain(LogReader(path: log.path, query: query)) == lines(40...60))
    }

    @Test func streamsAreFiltered() throws {
        let log = try LogFixture()
        defer { log.clean() }
        for number in 1...10 { log.line(number, stream: number % 2 == 0 ? "stderr" : "stdout") }
        #expect(try drain(LogReader(path: log.path, query: LogQuery(stdout: false))) == lines([2, 4, 6, 8, 10]))
        #expect(try drain(LogReader(path: log.path, query: LogQuery(tail: 3, stderr: false))) == lines([9]))
    }

    @Test func halfALineAtTheEndAndDamagedLinesArePassedOver() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        log.raw("{\"log\":\"no end\n")
        log.raw("\n[1,2]\n{\"log\":\"x\",\"stream\":\"stdout\",\"time\":\"yesterday\"}\n")
        log.line(2)
        log.raw("{\"log\":\"half\",\"stream\":\"std")
        #expect(try drain(LogReader(path: log.path)) == lines([1, 2]))
        #expect(try drain(LogReader(path: log.path, query: LogQuery(tail: 1))) == lines([2]))
    }

    @Test func aLineWithoutEndIsNotKeptInMemoryAndNotGiven() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.raw(String(repeating: "y", count: 9 << 20))
        log.raw("\n")
        log.line(1)
        #expect(try drain(LogReader(path: log.path)) == lines([1]))
    }

    @Test func aLogThatIsNotThereIsEmpty() throws {
        #expect(try drain(LogReader(path: "/tmp/berth-logs-test-absent/x-json.log")).isEmpty)
    }

    @Test func whatIsWrittenAfterOpeningIsNotGivenWithoutFollow() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        let reader = try LogReader(path: log.path)
        log.line(2)
        log.rotate(keeping: 3)
        log.line(3)
        #expect(try drain(reader) == lines([1]))
    }
}
