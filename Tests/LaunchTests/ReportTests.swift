import CLinux
import Glibc
import Testing

@Suite struct ReportTests {
    /// A process that fails before it has read its answer: what it has said comes all the same, and then the end.
    @Test(arguments: [0, 1, 2]) func whatFailedIsReadAlthoughTheAnswerWasNot(answers: Int) throws {
        var channel: [Int32] = [-1, -1]
        try #require(
            socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &channel) == 0)
        defer { close(channel[0]) }
        var sent = berth_report()
        sent.kind = UInt32(berth_report_error.rawValue)
        sent.cause = ENODEV
        try #require(send(channel[1], &sent, MemoryLayout<berth_report>.size, 0) == MemoryLayout<berth_report>.size)
        for _ in 0..<answers { try #require(send(channel[0], "answer", 6, 0) == 6) }
        close(channel[1])
        var report = berth_report()
        var descriptor: Int32 = -1
        #expect(berth_receive_report(channel[0], &report, &descriptor) == 1)
        #expect(report.kind == sent.kind && report.cause == ENODEV && descriptor == -1)
        #expect(berth_receive_report(channel[0], &report, &descriptor) == 0)
    }
}
