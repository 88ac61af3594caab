import Glibc
import Logs
import Testing

@Suite struct FollowTests {
    @Test func newLinesComeWithoutDelayAndTheEndAfterTheLastOne() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        let follower = try Follower(log.path, LogQuery(follow: true))
        #expect(follower.waits { $0.seen == lines([1]) })
        log.line(2)
        #expect(follower.waits { $0.seen == lines([1, 2]) })
        #expect(!follower.hasEnded)
        log.line(3)
        follower.reader.finish()
        #expect(follower.waits { $0.hasEnded })
        #expect(follower.seen == lines(1...3))
    }

    @Test func tailOfNothingGivesOnlyWhatIsNew() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        let follower = try Follower(log.path, LogQuery(tail: 0, follow: true))
        log.line(2)
        #expect(follower.waits { $0.seen == lines([2]) })
        follower.reader.finish()
        #expect(follower.waits { $0.hasEnded })
    }

    @Test func nothingIsLostOrDoubledOverManyFastRotations() throws {
        let log = try LogFixture()
        defer { log.clean() }
        let follower = try Follower(log.path, LogQuery(follow: true))
        for number in 1...20_000 {
            log.line(number, rotatingAt: 20_000, keeping: 500)
        }
        follower.reader.finish()
        #expect(follower.waits { $0.hasEnded })
        #expect(follower.seen == lines(1...20_000))
    }

    @Test func aFollowerThatRestsBetweenRotationsMissesNothing() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        let reader = try LogReader(path: log.path, query: LogQuery(follow: true))
        #expect(try reader.next().map { String(decoding: $0.bytes, as: UTF8.self) } == "line 1\n")
        for number in 2...7 {
            log.line(number)
            log.rotate(keeping: 10)
        }
        log.line(8)
        reader.finish()
        #expect(try drain(reader) == lines(2...8))
    }

    @Test func filesThatWereDeletedMeanwhileAreStillReadWhereOpenAndTheRestGoesOn() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        let reader = try LogReader(path: log.path, query: LogQuery(follow: true))
        _ = try reader.next()
        log.line(2)
        // Two files are kept: the one of lines 1 and 2 goes, so does that of line 3.
        for number in 3...5 {
            log.rotate(keeping: 2)
            log.line(number)
        }
        reader.finish()
        #expect(try drain(reader) == lines([2, 4, 5]))
    }

    @Test func filesThatAreRemovedBeforeTheirTurnAreReadWhereTheyWereSeen() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        let reader = try LogReader(path: log.path, query: LogQuery(follow: true))
        #expect(try reader.nextBatch(bytes: 1).count == 1)
        log.line(2)
        log.rotate(keeping: 2)
        log.line(3)
        #expect(try reader.nextBatch(bytes: 1).map { String(decoding: $0.bytes, as: UTF8.self) } == lines([2]))
        // The file of line 3 is gone after this.
        for number in 4...5 {
            log.rotate(keeping: 2)
            log.line(number)
        }
        reader.finish()
        #expect(try drain(reader) == lines(3...5))
    }

    @Test func aLineInTwoWritesIsGivenOnceItIsWhole() throws {
        let log = try LogFixture()
        defer { log.clean() }
        let follower = try Follower(log.path, LogQuery(follow: true))
        log.raw(#"{"log":"two "#)
        usleep(30_000)
        #expect(follower.seen.isEmpty)
        log.raw("parts\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:00Z\"}\n")
        #expect(follower.waits { $0.seen == ["two parts"] })
        follower.reader.cancel()
        #expect(follower.waits { $0.hasEnded })
    }

    @Test func aFileThatIsEmptiedInPlaceIsReadAnew() throws {
        let log = try LogFixture()
        defer { log.clean() }
        log.line(1)
        log.line(2)
        let follower = try Follower(log.path, LogQuery(follow: true))
        #expect(follower.waits { $0.seen == lines([1, 2]) })
        #expect(truncate(log.path, 0) == 0)
        log.line(3)
        #expect(follower.waits { $0.seen == lines(1...3) })
        follower.reader.cancel()
        #expect(follower.waits { $0.hasEnded })
    }

    @Test func aLogThatBeginsLaterIsFollowed() throws {
        let log = try LogFixture()
        defer { log.clean() }
        #expect(unlink(log.path) == 0)
        let follower = try Follower(log.path, LogQuery(follow: true))
        log.rotate(keeping: 1)
        log.line(1)
        #expect(follower.waits { $0.seen == lines([1]) })
        follower.reader.finish()
        #expect(follower.waits { $0.hasEnded })
    }

    @Test func theClockEndsAFollowWithUntil() throws {
        let log = try LogFixture()
        defer { log.clean() }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let until = Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec) + 100_000_000
        log.line(1)
        let follower = try Follower(log.path, LogQuery(until: until, follow: true))
        #expect(follower.waits { $0.hasEnded })
        #expect(follower.seen == lines([1]))
    }

    @Test func cancelEndsAReaderThatWaits() throws {
        let log = try LogFixture()
        defer { log.clean() }
        let follower = try Follower(log.path, LogQuery(follow: true))
        usleep(20_000)
        #expect(!follower.hasEnded)
        follower.reader.cancel()
        #expect(follower.waits { $0.hasEnded })
    }
}
