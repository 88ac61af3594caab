import Foundation
import Glibc
import LaunchPlan
import Runtime
import Synchronization
import Testing

import struct LaunchPlan.ExitStatus

@Suite(.enabled(if: getuid() == 0, "needs root")) struct LogTests {
    @Test func linesAreDockersJSON() throws {
        let box = try TestContainer()
        let bytes: [UInt8] = Array("a\tb\"c\\d<e>\u{1}".utf8) + [0xFF] + Array("€\nno end".utf8)
        try Data(bytes).write(to: URL(fileURLWithPath: box.lower + "/text"))
        let before = Date()
        try box.run(box.plan(["sh", "-c", "cat /text; echo problem >&2"]))
        let lines = try String(contentsOfFile: box.logPath, encoding: .utf8).split(separator: "\n")
        let out = lines.filter { $0.contains(#""stream":"stdout""#) }
        #expect(
            out.first?.hasPrefix(#"{"log":"a\tb\"c\\d\u003ce\u003e\u0001\ufffd€\n","stream":"stdout","time":"20"#)
                == true)
        #expect(out.last?.hasPrefix(#"{"log":"no end","stream":"stdout","time":"#) == true)
        #expect(out.last?.wholeMatch(of: /.*"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"\}/) != nil)
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let text = try #require(try box.entries(path: box.logPath).first?["time"])
        let time = try format.parse(String(text.prefix(23)) + "Z")
        #expect(abs(time.timeIntervalSince(before)) < 30)
        #expect(try box.logged("stderr") == "problem\n")
        // A container started again goes on in the same log.
        try box.run(box.plan(["echo", "again"]))
        #expect(try box.logged("stdout").hasSuffix("no endagain\n"))
    }

    @Test func longLinesAreSplitAtSixteenKibibytesAndNoCharacterIsTorn() throws {
        let box = try TestContainer()
        var plan = box.plan(["cat", "/text"])
        let text = "x" + String(repeating: "é", count: 20_000)
        try (text + "\nend\n").write(toFile: box.lower + "/text", atomically: false, encoding: .utf8)
        plan.stdio.openStdin = false
        try box.run(plan)
        let pieces = try box.entries(path: box.logPath).compactMap { $0["log"] }
        #expect(pieces.joined() == text + "\nend\n")
        #expect(pieces.map(\.utf8.count) == [16383, 16384, 40_001 - 16383 - 16384 + 1, 4])
    }

    @Test func logThatCannotBeOpenedIsToldOfAndTriedAgain() throws {
        let box = try TestContainer()
        let path = box.directory + "/later/x-json.log"
        var plan = box.plan(["sh", "-c", "echo lost; read line; echo kept"])
        plan.log.path = path
        plan.stdio.openStdin = true
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin, .stdout])
        let process = try Shared.launcher.launch(plan, listener: listener)
        #expect(process.warnings == ["open log `\(path)`: no such file or directory"])
        #expect(attached.read(until: "lost") == "lost\n")
        mkdir(box.directory + "/later", 0o755)
        attached.type("\n")
        #expect(box.ended(process)?.code == 0)
        #expect(try box.logged("stdout", path: path) == "kept\n")
    }

    /// A pipe in place of the log's file that nobody reads: a disk that takes nothing.
    @Test func processDoesNotWaitForALogThatIsNotBlocking() throws {
        let box = try TestContainer()
        var plan = box.plan(["sh", "-c", "seq 1 50000; echo over > /tmp/over; read line; echo last"])
        plan.stdio.openStdin = true
        plan.log.path = box.directory + "/pipe"
        plan.log.bufferSize = 128 << 10
        #expect(mkfifo(plan.log.path, 0o600) == 0)
        let listener = try MonitorListener(path: box.socketPath)
        let attached = try Attachment(box.socket, [.stdin])
        let process = try Shared.launcher.launch(plan, listener: listener)
        let deadline = Date() + 60
        while !FileManager.default.fileExists(atPath: box.upper + "/tmp/over") {
            try #require(Date() < deadline, "the process waits for its log")
            usleep(5000)
        }
        let path = plan.log.path
        let read = Mutex<[UInt8]>([])
        let reader = Thread {
            let pipe = open(path, O_RDONLY | O_CLOEXEC)
            var block = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = Glibc.read(pipe, &block, block.count)
                guard count > 0 else { break }
                read.withLock { $0 += block[..<count] }
            }
            close(pipe)
        }
        reader.start()
        attached.type("\n")
        #expect(box.ended(process)?.code == 0)
        let text = String(decoding: read.withLock { $0 }, as: UTF8.self)
        let lines = text.split(separator: "\n")
        // The first lines are all there, and each is whole; those that found the buffer full are not.
        #expect(lines.prefix(500).enumerated().allSatisfy { $1.hasPrefix("{\"log\":\"\($0 + 1)\\n\",") })
        #expect(lines.allSatisfy { $0.hasSuffix("Z\"}") })
        #expect(lines.count < 50_000)
    }

    @Test func rotatesBySizeAndKeepsNoMoreFilesThanAsked() throws {
        let box = try TestContainer()
        var plan = box.plan(["seq", "1", "1000"])
        plan.log.maxSize = 20_000
        plan.log.maxFiles = 3
        try box.run(plan)
        let names = ["", ".1", ".2"].map { box.logPath + $0 }
        for name in names {
            let size = try #require(FileManager.default.attributesOfItem(atPath: name)[.size] as? Int)
            #expect(size <= 20_000)
            #expect(size > 0)
        }
        #expect(!FileManager.default.fileExists(atPath: box.logPath + ".3"))
        let numbers = try names.reversed().flatMap {
            try box.entries(path: $0).compactMap { Int($0["log"]!.dropLast()) }
        }
        #expect(numbers.last == 1000)
        #expect(numbers == Array(numbers[0]...1000))
    }
}
