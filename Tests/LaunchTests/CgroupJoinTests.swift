import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

/// Joining cgroups, and what many monitors share. How quick a start is, the benchmark says.
@Suite(.serialized, .enabled(if: getuid() == 0, "needs root")) struct CgroupJoinTests {
    @Test func joinsAllCgroupsAndMovesNobodyElse() throws {
        let box = try TestContainer()
        let name = "berth-launch-join-\(getpid())"
        let controllers = ["cpu", "memory", "pids", "freezer", "devices", "blkio", "cpuacct", "systemd"]
        let hierarchies = controllers.map { "/sys/fs/cgroup/\($0)" }.filter { access($0 + "/tasks", F_OK) == 0 }
        var plan = box.plan(["cat", "/proc/self/cgroup"])
        plan.namespaces.removeAll { $0.kind == .network || $0.kind == .cgroup }
        plan.cgroup.selfJoinFiles = hierarchies.map { "\($0)/\(name)/tasks" }
        for directory in hierarchies { #expect(mkdir("\(directory)/\(name)", 0o755) == 0) }
        defer { for directory in hierarchies { #expect(rmdir("\(directory)/\(name)") == 0) } }
        let before = try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)
        #expect(try box.run(plan).code == 0)
        let joined = try box.logged("stdout").split(separator: "\n").filter { $0.hasSuffix("/" + name) }
        #expect(joined.count == hierarchies.count)
        #expect(try String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) == before)
    }

    @Test func memoryOfAMonitorIsShared() throws {
        let boxes = try (0..<20).map { _ in try TestContainer() }
        let processes = try boxes.map {
            try Shared.launcher.launch($0.plan(["sleep", "100"]), socketPath: $0.socketPath)
        }
        var total = 0
        for process in processes {
            let monitor = try #require(process.channel.monitorPID)
            let rollup = try String(contentsOfFile: "/proc/\(monitor)/smaps_rollup", encoding: .utf8)
            let line = try #require(rollup.split(separator: "\n").first { $0.hasPrefix("Pss:") })
            total += try #require(Int(line.split(separator: " ")[1]))
        }
        for (box, process) in zip(boxes, processes) {
            try box.socket.signal(SIGKILL)
            _ = box.ended(process)
        }
        #expect(total / 20 < 1024, "KiB of a monitor among 20, proportionally")
    }
}
