import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

/// Prints what a start takes; the bound is for a machine that does other things as well.
@Suite(.serialized) struct SpeedTests {
    private func measure(_ name: String, runs: Int, _ body: () throws -> Void) rethrows -> Double {
        try gather(name, runs: runs) {
            let start = DispatchTime.now().uptimeNanoseconds
            try body()
            return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
        }
    }

    /// `body` gives the milliseconds of a run.
    private func gather(_ name: String, runs: Int, _ body: () throws -> Double) rethrows -> Double {
        var times: [Double] = []
        for _ in 0..<runs {
            times.append(try body())
            Shared.launcher.refill()
        }
        times.sort()
        print("speed of \(name): p50 \(times[runs / 2]) ms, p95 \(times[runs * 95 / 100]) ms")
        return times[runs / 2]
    }

    @Test func startAndEndOfTrueTakesMilliseconds() throws {
        let box = try TestContainer()
        let plan = box.plan(["true"])
        Shared.launcher.refill()
        #expect(try measure("start to exit, waiting monitors", runs: 60) { _ = try box.run(plan) } < 50)
        let cold = try MonitorLauncher(monitorPath: monitorPath, warm: 0)
        let p50 = try measure("start to exit, new monitors", runs: 60) {
            let process = try cold.launch(plan, socketPath: box.socketPath)
            #expect(box.ended(process)?.code == 0)
        }
        #expect(p50 < 50)
        var joined = plan
        joined.namespaces.removeAll { $0.kind == .network }
        Shared.launcher.refill()
        let ready = try measure("start to exit in a network namespace that is there", runs: 60) {
            _ = try box.run(joined)
        }
        #expect(ready < 50)
        Shared.launcher.refill()
    }

    /// Each launch after a pause that is long enough for the kernel to forget the last: joining is not to wait then.
    @Test func joiningCgroupsTakesMilliseconds() throws {
        let box = try TestContainer()
        let name = "berth-launch-speed-\(getpid())"
        let controllers = ["cpu", "memory", "pids", "freezer", "devices", "blkio", "cpuacct", "systemd"]
        let hierarchies = controllers.map { "/sys/fs/cgroup/\($0)" }.filter { access($0 + "/tasks", F_OK) == 0 }
        var plan = box.plan(["true"])
        plan.namespaces.removeAll { $0.kind == .network }
        plan.cgroup.selfJoinFiles = hierarchies.map { "\($0)/\(name)/tasks" }
        Shared.launcher.refill()
        let p50 = try gather("launch into \(hierarchies.count) cgroups", runs: 20) {
            for directory in hierarchies { mkdir("\(directory)/\(name)", 0o755) }
            defer { for directory in hierarchies { #expect(rmdir("\(directory)/\(name)") == 0) } }
            usleep(60_000)
            let start = DispatchTime.now().uptimeNanoseconds
            let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
            let end = DispatchTime.now().uptimeNanoseconds
            #expect(box.ended(process)?.code == 0)
            return Double(end - start) / 1e6
        }
        #expect(p50 < 100)
    }

    private var monitorPath: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
            + "/berth-monitor"
    }

    @Test func memoryOfAMonitorIsShared() throws {
        let boxes = try (0..<20).map { _ in try TestContainer() }
        let processes = try boxes.map {
            try Shared.launcher.launch($0.plan(["sleep", "100"]), socketPath: $0.socketPath)
        }
        var total = 0
        for process in processes {
            let rollup = try String(
                contentsOfFile: "/proc/\(process.channel.monitorPID!)/smaps_rollup", encoding: .utf8)
            let line = try #require(rollup.split(separator: "\n").first { $0.hasPrefix("Pss:") })
            total += try #require(Int(line.split(separator: " ")[1]))
        }
        print("memory of a monitor among 20: \(total / 20) KiB proportional")
        for (box, process) in zip(boxes, processes) {
            try box.socket.signal(SIGKILL)
            _ = box.ended(process)
        }
        #expect(total / 20 < 1024)
    }
}
