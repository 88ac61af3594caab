import CCompress
import Foundation
import Glibc
import Logs
import Synchronization
import Testing

extension LogFixture {
    /// Compresses rotated file `number` as a monitor does; `keepPlain` as one that was killed before its last step.
    func compress(_ number: Int, keepPlain: Bool = false) throws {
        let plain = "\(path).\(number)"
        let source = open(plain, O_RDONLY | O_CLOEXEC)
        let target = open(path + ".gz.new", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        defer {
            close(source)
            close(target)
        }
        let child = berth_compress(source, target)
        try #require(child > 0)
        var status: Int32 = 0
        waitpid(child, &status, 0)
        try #require(status == 0)
        try #require(rename(path + ".gz.new", plain + ".gz") == 0)
        if !keepPlain { unlink(plain) }
    }

    /// Rotates where all rotated files are compressed but, perhaps, the first.
    func rotateCompressed(keeping count: Int) {
        for index in stride(from: count - 1, through: 2, by: -1) {
            for suffix in ["", ".gz"] { rename("\(path).\(index - 1)\(suffix)", "\(path).\(index)\(suffix)") }
        }
        rotate(keeping: 2)
    }
}

@Suite struct CompressedTests {
    /// Five files of 200 lines; which of the rotated ones stay plain is said by `plain`.
    private func fixture(plain: Set<Int> = [], both: Set<Int> = []) throws -> LogFixture {
        // Where writing to the disk takes no time.
        let log = try LogFixture(in: "/dev/shm")
        for number in 1...1000 {
            log.line(number)
            if number % 200 == 0, number < 1000 { log.rotate(keeping: 10) }
        }
        for number in 1...4 where !plain.contains(number) { try log.compress(number, keepPlain: both.contains(number)) }
        return log
    }

    @Test(arguments: [[], [1], [2, 4], [1, 2, 3, 4]] as [Set<Int>])
    func plainAndCompressedFilesAreReadAsOne(plain: Set<Int>) throws {
        let log = try fixture(plain: plain)
        defer { log.clean() }
        #expect(try drain(LogReader(path: log.path)) == lines(1...1000))
    }

    @Test func aFileThatIsThereInBothFormsCountsOnce() throws {
        let log = try fixture(both: [1, 3])
        defer { log.clean() }
        #expect(try drain(LogReader(path: log.path)) == lines(1...1000))
        #expect(try drain(LogReader(path: log.path, query: LogQuery(tail: 900))) == lines(101...1000))
    }

    @Test(arguments: [0, 1, 199, 200, 201, 400, 700, 999, 1000, 1200])
    func tailIsCountedOverCompressedFiles(count: Int) throws {
        let log = try fixture(plain: [3])
        defer { log.clean() }
        let query = LogQuery(tail: count)
        #expect(try drain(LogReader(path: log.path, query: query)) == lines((1...1000).suffix(count)))
    }

    @Test func linesInPiecesCountOnceInCompressedFiles() throws {
        let log = try LogFixture()
        defer { log.clean() }
        let piece = String(repeating: "x", count: 16384)
        log.line(1)
        for text in [piece, piece, "end\\n"] {
            log.raw("{\"log\":\"\(text)\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:02Z\"}\n")
        }
        log.line(3)
        log.rotate(keeping: 5)
        try log.compress(1)
        for (count, entries) in [(1, 1), (2, 4), (3, 5), (4, 5)] {
            #expect(try drain(LogReader(path: log.path, query: LogQuery(tail: count))).count == entries)
        }
    }

    @Test func sinceAndUntilReachIntoCompressedFiles() throws {
        let log = try fixture()
        defer { log.clean() }
        let query = LogQuery(since: 180_000_000_000, until: 620_000_000_000)
        #expect(try drain(LogReader(path: log.path, query: query)) == lines(180...620))
    }

    @Test(arguments: [0, 10, 30, 100, 300])
    func aDamagedFileIsNamedAndTheOthersAreRead(kept: Int) throws {
        let log = try fixture()
        defer { log.clean() }
        let path = log.path + ".2.gz"
        #expect(truncate(path, off_t(kept)) == 0)
        let warnings = Mutex<[String]>([])
        func read(_ query: LogQuery) throws -> [String] {
            try drain(LogReader(path: log.path, query: query) { text in warnings.withLock { $0.append(text) } })
        }
        let seen = try read(LogQuery())
        #expect(seen.starts(with: lines(1...400)))
        #expect(seen.suffix(400) == lines(601...1000)[...])
        #expect(lines(401...600).starts(with: seen.dropFirst(400).dropLast(400)))
        #expect(warnings.withLock { $0 }.map { $0.hasPrefix("log `\(path)`: its end is missing") } == [true])
        #expect(try read(LogQuery(tail: 420)).suffix(400) == lines(601...1000)[...])
    }

    @Test func bytesThatWereChangedAreNoticed() throws {
        let log = try fixture()
        defer { log.clean() }
        let path = log.path + ".3.gz"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for place in stride(from: bytes.count / 2, to: bytes.count, by: 7) { bytes[place] ^= 0x55 }
        try bytes.write(to: URL(fileURLWithPath: path))
        let warnings = Mutex<[String]>([])
        let seen = try drain(LogReader(path: log.path) { text in warnings.withLock { $0.append(text) } })
        #expect(seen.starts(with: lines(1...200)))
        #expect(seen.suffix(600) == lines(401...1000)[...])
        #expect(warnings.withLock { $0 }.count == 1)
    }

    /// The file that the follower reads is compressed, rotated further, and gone under its old name.
    @Test(arguments: [1, 2, 3]) func aFollowerGoesOnBehindAFileThatWasCompressedMeanwhile(rotations: Int) throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        log.line(2)
        let reader = try LogReader(path: log.path, query: LogQuery(follow: true))
        #expect(try reader.next().map { String(decoding: $0.bytes, as: UTF8.self) } == "line 1\n")
        for number in 1...rotations {
            log.rotateCompressed(keeping: 9)
            try log.compress(1)
            log.line(2 + number)
        }
        reader.finish()
        #expect(try drain(reader) == lines(2...(2 + rotations)))
    }

    @Test func nothingIsLostOrDoubledWhileFilesAreCompressedBehindAFollower() throws {
        let log = try LogFixture(in: "/dev/shm")
        defer { log.clean() }
        let follower = try Follower(log.path, LogQuery(follow: true))
        for number in 1...4000 {
            log.line(number)
            guard number % 100 == 0 else { continue }
            log.rotateCompressed(keeping: 100)
            try log.compress(1)
        }
        follower.reader.finish()
        #expect(follower.waits { $0.hasEnded })
        #expect(follower.seen == lines(1...4000))
        #expect(try drain(LogReader(path: log.path)) == lines(1...4000))
    }
}
