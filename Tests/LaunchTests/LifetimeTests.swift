import CLinux
import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

@Suite(.enabled(if: getuid() == 0, "needs root")) struct LifetimeTests {
    @Test func execRunsInTheContainersNamespacesAndCgroup() throws {
        let box = try TestContainer()
        let process = try Shared.launcher.launch(box.plan(["sleep", "100"]), socketPath: box.socketPath)
        let other = try TestContainer()
        var plan = LaunchPlan(
            containerID: "test",
            process: .init(
                arguments: ["sh", "-c", "hostname; readlink /proc/1/exe; id -u; echo err >&2; exit 6"],
                environment: ["PATH=/bin"], user: "bob"))
        plan.execTarget = .init(pid: process.pid, startTime: process.startTime)
        let listener = try MonitorListener(path: other.socketPath)
        let attached = try Attachment(other.socket, [.stdout])
        let exec = try Shared.launcher.launch(plan, listener: listener)
        #expect(exec.pid != process.pid)
        let text = attached.read(until: nil)
        #expect(text.hasPrefix("box\n"))
        #expect(text.hasSuffix("1000\n"))
        #expect(other.ended(exec)?.code == 6)
        plan.stdio.terminal = true
        plan.process.arguments = ["sh", "-c", "test -t 0 && exit 4"]
        #expect(try other.run(plan).code == 4)
        plan.process.arguments = ["nosuch"]
        let error = #expect(throws: LaunchError.self) { try other.run(plan) }
        #expect(error?.kind == .process(exitCode: 127))
        plan.execTarget?.startTime += 1
        let gone = #expect(throws: LaunchError.self) { try other.run(plan) }
        #expect(gone?.text.contains("has ended") == true)
        #expect(FileManager.default.fileExists(atPath: "/proc/\(process.pid)"))
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }

    @Test func sharesTheNamespacesOfAnotherContainer() throws {
        let first = try TestContainer()
        let process = try Shared.launcher.launch(first.plan(["sleep", "100"]), socketPath: first.socketPath)
        let second = try TestContainer()
        let text = try second.output("hostname; cat /proc/1/comm; test $$ != 1 && echo other") { plan in
            plan.hostname = ""
            plan.namespaces = [.new(.mount)]
            let owner = LaunchPlan.ExecTarget(pid: process.pid, startTime: process.startTime)
            plan.namespaces += [.pid, .uts, .ipc, .network].map { .join($0, of: owner) }
        }
        #expect(text == "box\nsleep\nother\n")
        try first.socket.signal(SIGKILL)
        #expect(first.ended(process)?.code == 137)
    }

    @Test func monitorOutlivesTheDaemonsConnectionAndCanBeFoundAgain() throws {
        let box = try TestContainer()
        var pid: Int32 = 0
        do {
            // The channel closes here, as it does when the daemon dies.
            let process = try Shared.launcher.launch(
                box.plan([
                    "sh", "-c", "i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); sleep 0.05; done; exit 8",
                ]),
                socketPath: box.socketPath)
            pid = process.pid
        }
        usleep(300_000)
        let again = try box.socket.reconnect()
        #expect(again.pid == pid)
        #expect(try box.socket.query().pid == pid)
        #expect(try box.socket.query().version == MonitorProtocol.version)
        #expect(box.ended(again)?.code == 8)
        #expect(ExitStatus.read(at: box.exitPath)?.code == 8)
        #expect(try box.logged("stdout") == (0..<20).map { "line \($0)\n" }.joined())
        let error = #expect(throws: LaunchError.self) { try box.socket.signal(0) }
        #expect(error?.kind == .notRunning)
    }

    @Test func framesOfALaterVersionAreUnderstoodAsFarAsKnown() throws {
        let box = try TestContainer()
        let process = try Shared.launcher.launch(box.plan(["sleep", "100"]), socketPath: box.socketPath)
        let client = berth_unix_connect(box.socketPath, 10_000)
        defer { close(client) }
        #expect(client >= 0)
        // hello with more behind the version; a query with more behind its ID.
        let frames: [UInt8] =
            MonitorProtocol.header(.hello, length: 5) + [8, 0, 9, 1, 2]
            + MonitorProtocol.header(.query, length: 6) + [0, 0, 0, 77, 3, 4]
        #expect(frames.withUnsafeBytes { send(client, $0.baseAddress, $0.count, 0) } == frames.count)
        var input: [UInt8] = []
        while input.count < 20 + 38 {
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = read(client, &buffer, buffer.count)
            try #require(count > 0)
            input += buffer[..<count]
        }
        // started: pid and start time; reply: the ID, no error.
        #expect(input[0] == MonitorProtocol.Stream.started.rawValue)
        #expect(input[20] == MonitorProtocol.Stream.reply.rawValue)
        #expect(Array(input[28..<36]) == [0, 0, 0, 77, 0, 0, 0, 0])
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }

    @Test func killedMonitorIsReportedAndItsProcessDies() throws {
        let box = try TestContainer()
        for (reaper, user) in [(false, ""), (true, ""), (false, "bob")] {
            var plan = box.plan(["sleep", "100"], user: user)
            plan.reaper = reaper
            let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
            let waiting = Waiting()
            let monitor = try #require(process.channel.monitorPID)
            Shared.watch.watch(process.channel) { waiting.finish($0) }
            kill(monitor, SIGKILL)
            #expect(waiting.wait() == .monitorLost)
            var left = 100
            while kill(process.pid, 0) == 0 && left > 0 {
                usleep(20_000)
                left -= 1
            }
            #expect(kill(process.pid, 0) != 0)
            #expect(ExitStatus.read(at: box.exitPath) == nil)
        }
    }

    @Test func monitorsAreReapedAndHoldNothingOfTheirParent() throws {
        let box = try TestContainer()
        let leak = open("/etc/hostname", O_RDONLY)
        defer { close(leak) }
        let process = try Shared.launcher.launch(box.plan(["sleep", "100"]), socketPath: box.socketPath)
        let monitor = try #require(process.channel.monitorPID)
        let held = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(monitor)/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(monitor)/fd/\($0)")
        }
        #expect(!held.contains("/etc/hostname"))
        #expect(
            held.filter {
                $0 != "/dev/null" && !$0.hasPrefix("socket:") && !$0.hasPrefix("pipe:") && !$0.hasPrefix("anon_inode:")
                    && $0 != box.logPath
            }.isEmpty)
        #expect(getsid(monitor) == monitor)
        let rollup = try String(contentsOfFile: "/proc/\(monitor)/smaps_rollup", encoding: .utf8)
        print(
            "monitor's memory:",
            rollup.split(separator: "\n").filter { $0.hasPrefix("Pss") || $0.hasPrefix("Rss") }.joined(separator: ", "))
        try box.socket.signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
        var left = 100
        while kill(monitor, 0) == 0 && left > 0 {
            usleep(20_000)
            left -= 1
        }
        #expect(kill(monitor, 0) != 0)
    }

    @Test func socketPathMayBeLongerThanAnAddress() throws {
        let box = try TestContainer()
        let deep = box.directory + "/" + String(repeating: "d", count: 120)
        mkdir(deep, 0o755)
        let process = try Shared.launcher.launch(box.plan(["sleep", "100"]), socketPath: deep + "/monitor.sock")
        try MonitorSocket(path: deep + "/monitor.sock").signal(SIGKILL)
        #expect(box.ended(process)?.code == 137)
    }

    @Test func childThatKeepsThePipeDoesNotKeepTheContainerRunning() throws {
        let box = try TestContainer()
        var plan = box.plan(["sh", "-c", "sleep 5 & echo bye"])
        plan.namespaces.removeAll { $0.kind == .pid }
        let start = Date()
        #expect(try box.run(plan).code == 0)
        #expect(Date().timeIntervalSince(start) < 3)
        #expect(try box.logged("stdout") == "bye\n")
    }
}
