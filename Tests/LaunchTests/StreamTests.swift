import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

@Suite(.enabled(if: getuid() == 0, "needs root")) struct StreamTests {
    @Test func attachedBeforeTheStartMissesNothing() throws {
        let box = try TestContainer()
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdout, .stderr])
        let process = try Shared.launcher.launch(
            box.plan(["sh", "-c", "echo out; echo err >&2; exit 3"]), listener: listener)
        #expect(box.ended(process)?.code == 3)
        var out = "", err = "", code: UInt8?
        while let frame = attached.next() {
            switch frame.stream {
            case 1: out += String(decoding: frame.payload, as: UTF8.self)
            case 2: err += String(decoding: frame.payload, as: UTF8.self)
            case MonitorProtocol.Stream.exited.rawValue: code = frame.payload[3]
            default: Issue.record("stream \(frame.stream)")
            }
        }
        #expect(out == "out\n")
        #expect(err == "err\n")
        #expect(code == 3)
    }

    @Test func stdinReachesTheProcessAndEndsOnce() throws {
        let box = try TestContainer()
        var plan = box.plan(["cat"])
        plan.stdio.openStdin = true
        plan.stdio.stdinOnce = true
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin, .stdout])
        attached.type("early\n")
        let process = try Shared.launcher.launch(plan, listener: listener)
        #expect(attached.read(until: "early\n") == "early\n")
        attached.type("late\n")
        #expect(attached.read(until: "late\n") == "late\n")
        attached.send(.endInput)
        #expect(box.ended(process)?.code == 0)
    }

    @Test func leavingClientEndsStdinOnceOnly() throws {
        let box = try TestContainer()
        var plan = box.plan(["cat"])
        plan.stdio.openStdin = true
        var process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        do {
            let attached = try Attachment(box.socket, [.stdin, .stdout])
            attached.type("x\n")
            #expect(attached.read(until: "x") == "x\n")
        }
        let again = try Attachment(box.socket, [.stdin, .stdout])
        again.type("y\n")
        #expect(again.read(until: "y") == "y\n")
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
        plan.stdio.stdinOnce = true
        process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        do { _ = try Attachment(box.socket, [.stdin]) }
        #expect(box.ended(process)?.code == 0)
    }

    @Test func terminalIsTheContainersOwnAndCanBeResized() throws {
        let box = try TestContainer()
        var plan = box.plan([
            "sh", "-c", "stty size; readlink /proc/self/fd/0; read line; stty size; ls -l /dev/console",
        ])
        plan.stdio.terminal = true
        plan.stdio.openStdin = true
        plan.stdio.rows = 30
        plan.stdio.columns = 100
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin, .stdout])
        let process = try Shared.launcher.launch(plan, listener: listener)
        let first = attached.read(until: "/dev/pts/0\r\n")
        #expect(first == "30 100\r\n/dev/pts/0\r\n")
        try box.socket.resize(rows: 40, columns: 120)
        attached.type("\n")
        let rest = attached.read(until: nil)
        #expect(rest.contains("40 120\r\n"))
        #expect(rest.contains("/dev/console"))
        #expect(box.ended(process)?.code == 0)
    }

    @Test func terminalOutlivesAMomentInWhichNobodyHasItOpen() throws {
        let box = try TestContainer()
        var plan = box.plan(["sh", "-c", "exec <&- >&- 2>&-; sleep 0.3; echo back > /dev/console"])
        plan.stdio.terminal = true
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdout])
        let process = try Shared.launcher.launch(plan, listener: listener)
        #expect(attached.read(until: nil) == "back\r\n")
        #expect(box.ended(process)?.code == 0)
        #expect(try box.logged("stdout") == "back\r\n")
    }

    @Test func terminalPassesControlCharactersAsSignals() throws {
        let box = try TestContainer()
        var plan = box.plan(["sh", "-c", "trap 'echo int; exit 5' INT; echo ready; while :; do sleep 0.05; done"])
        plan.stdio.terminal = true
        plan.stdio.openStdin = true
        for reaper in [false, true] {
            plan.reaper = reaper
            let listener = try MonitorListener(path: box.socketPath)
            let attached = try Attachment(box.socket, [.stdin, .stdout])
            let process = try Shared.launcher.launch(plan, listener: listener)
            _ = attached.read(until: "ready")
            attached.type("\u{3}")
            #expect(attached.read(until: nil).contains("int"))
            #expect(box.ended(process)?.code == 5)
        }
    }

    @Test func fiftyMegabytesArriveWhole() throws {
        let box = try TestContainer()
        let plan = box.plan(["sh", "-c", "yes 0123456789abcdef | head -c 52428800"])
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdout])
        let process = try Shared.launcher.launch(plan, listener: listener)
        var count = 0
        var wrong = 0
        let pattern = Array(String(repeating: "0123456789abcdef\n", count: 2000).utf8)
        while let frame = attached.next(), frame.stream == 1 {
            let same = pattern.withUnsafeBytes {
                memcmp($0.baseAddress! + count % 17, frame.payload, frame.payload.count)
            }
            if same != 0 { wrong += 1 }
            count += frame.payload.count
        }
        #expect(count == 52_428_800)
        #expect(wrong == 0)
        #expect(box.ended(process)?.code == 0)
        let log = try Data(contentsOf: URL(fileURLWithPath: box.logPath))
        let line =
            #"{"log":"0123456789abcdef\n","stream":"stdout","time":"2026-11-24T00:00:00.123456789Z"}"#.utf8.count + 1
        // The last line has no end: 52,428,800 is no multiple of 17.
        #expect(log.count == 52_428_800 / 17 * line + line - (17 - 52_428_800 % 17) - 1)
    }

    /// Bytes of output up to another frame.
    private func countOutput(_ attached: Attachment) -> Int {
        var count = 0
        while let frame = attached.next(), frame.stream == 1 { count += frame.payload.count }
        return count
    }

    @Test func processWaitsForAClientThatPauses() throws {
        let box = try TestContainer()
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdout])
        let process = try Shared.launcher.launch(
            box.plan(["sh", "-c", "yes | head -c 4000000"]), listener: listener)
        usleep(600_000)
        #expect(ExitStatus.read(at: box.exitPath) == nil)
        #expect(countOutput(attached) == 4_000_000)
        #expect(box.ended(process)?.code == 0)
    }

    @Test func monitorStaysForAClientThatPausesAfterTheEnd() throws {
        let box = try TestContainer()
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdout])
        let process = try Shared.launcher.launch(
            box.plan(["sh", "-c", "yes | head -c 250000"]), listener: listener)
        #expect(box.ended(process)?.code == 0)
        usleep(300_000)
        #expect(countOutput(attached) == 250_000)
    }

    @Test func clientThatGoesAwayHoldsNothingUp() throws {
        let box = try TestContainer()
        let listener = try MonitorListener(path: box.socketPath)
        let process: RunningProcess
        do {
            let attached = try Attachment(box.socket, [.stdout])
            process = try Shared.launcher.launch(
                box.plan(["sh", "-c", "yes | head -c 4000000"]), listener: listener)
            usleep(200_000)
            withExtendedLifetime(attached) {}
        }
        #expect(box.ended(process)?.code == 0)
        #expect(try box.logged("stdout").utf8.count == 4_000_000)
    }
}
