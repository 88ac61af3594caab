import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

/// What a client's end of input means, and where a stream begins.
@Suite(.enabled(if: getuid() == 0, "needs root")) struct InputEndTests {
    /// Whether the connection ends while the process runs on.
    private func endsAlone(_ attached: Attachment) -> Bool {
        while let frame = attached.next(seconds: 5) {
            if frame.stream == MonitorProtocol.Stream.exited.rawValue { return false }
        }
        return true
    }

    @Test(arguments: [false, true]) func attachmentEndsWithItsInputWhereStdinStaysOpen(_ hasTerminal: Bool) throws {
        let box = try TestContainer()
        var plan = box.plan(["cat"])
        plan.stdio.openStdin = true
        plan.stdio.terminal = hasTerminal
        plan.stdio.stdinOnce = hasTerminal
        let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        let first = try Attachment(box.socket, [.stdin, .stdout])
        first.type("one\n")
        first.send(.endInput)
        #expect(endsAlone(first))
        let second = try Attachment(box.socket, [.stdin, .stdout])
        second.type("two\n")
        #expect(second.read(until: "two").contains("two"))
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }

    @Test func attachmentToOutputAloneStays() throws {
        let box = try TestContainer()
        var plan = box.plan(["sh", "-c", "read line; echo $line"])
        plan.stdio.openStdin = true
        let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        let output = try Attachment(box.socket, [.stdout])
        output.send(.endInput)
        try Attachment(box.socket, [.stdin]).type("seen\n")
        #expect(output.read(until: nil) == "seen\n")
        #expect(box.ended(process)?.code == 0)
    }

    @Test func inputArrivesWholeBeforeItsAttachmentEnds() throws {
        let box = try TestContainer()
        var plan = box.plan(["sh", "-c", "sleep 0.2; head -c 300000 | wc -c"])
        plan.stdio.openStdin = true
        let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin, .stdout])
        for _ in 0..<10 { attached.type(String(repeating: "x", count: 30_000)) }
        attached.send(.endInput)
        #expect(endsAlone(attached))
        #expect(box.ended(process)?.code == 0)
        #expect(try box.logged("stdout") == "300000\n")
    }

    @Test func inputThatEndedBeforeTheStartEndsItsAttachmentAfterIt() throws {
        let box = try TestContainer()
        var plan = box.plan(["sh", "-c", "read line; echo $line"])
        plan.stdio.openStdin = true
        let listener = try MonitorListener(path: box.socketPath)
        let early = try Attachment(box.socket, [.stdin, .stdout])
        early.type("early\n")
        early.send(.endInput)
        let process = try Shared.launcher.launch(plan, listener: listener)
        #expect(endsAlone(early))
        #expect(box.ended(process)?.code == 0)
        #expect(try box.logged("stdout") == "early\n")
    }

    @Test func streamBeginsWhereTheLogEnds() throws {
        let box = try TestContainer()
        // Lines of eight bytes: no read of the monitor's cuts one.
        let numbers = 1_000_000..<1_005_000
        let script = "i=\(numbers.lowerBound); while [ $i -lt \(numbers.upperBound) ]; do echo $i; i=$((i+1)); done"
        let process = try Shared.launcher.launch(box.plan(["sh", "-c", script]), socketPath: box.socketPath)
        usleep(5000)
        let (descriptor, time) = try box.socket.attachToRunning([.stdout])
        let streamed = Attachment(descriptor).read(until: nil)
        #expect(box.ended(process)?.code == 0)
        let limit = text(of: time)
        let logged = try box.entries(path: box.logPath).filter { ($0["time"] ?? "") <= limit }
        #expect(streamed == numbers.dropFirst(logged.count).map { "\($0)\n" }.joined())
    }

    @Test func runningProcessIsNeeded() throws {
        let box = try TestContainer()
        try box.run(box.plan(["true"]))
        let error = #expect(throws: LaunchError.self) { try box.socket.attachToRunning([.stdout]) }
        #expect(error?.kind == .notRunning)
    }

    /// As the log writes times.
    private func text(of time: Int64) -> String {
        var seconds = time_t(time / 1_000_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 32)
        let length = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let fraction = String(time % 1_000_000_000)
        return String(decoding: buffer[..<length].map(UInt8.init), as: UTF8.self) + "."
            + String(repeating: "0", count: 9 - fraction.count) + fraction + "Z"
    }
}
