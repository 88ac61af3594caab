import LaunchPlan
import Testing

import struct LaunchPlan.ExitStatus

@Suite struct PlanCodingTests {
    /// Every field set to something that is not its default.
    private var plan: LaunchPlan {
        var process = LaunchPlan.Process(
            arguments: ["sh", "-c", "true"], environment: ["A=1", "Ü=ß"], workingDirectory: "/w", user: "u:g",
            additionalGroups: ["7"],
            capabilities: .init(bounding: 1, permitted: 2, effective: 3, inheritable: 4, ambient: 5),
            noNewPrivileges: true, seccomp: [UInt8](repeating: 6, count: 16), umask: 0o77)
        process.environment.append("")
        var plan = LaunchPlan(containerID: "c1", process: process)
        plan.execTarget = .init(pid: 7, startTime: 8)
        plan.namespaces = [.new(.mount), .join(.network, "/n")]
        plan.hostname = "h"
        plan.domainname = "d"
        plan.root = .overlay(
            base: "/b", lower: ["1", "2"], upper: "u", work: "w", mountpoint: "/m", options: "index=off")
        plan.readOnlyRoot = true
        plan.rootPropagation = .slave
        plan.mounts = [
            .bind("/s", subpath: "b", to: "/t", readOnly: true),
            .init(
                type: "tmpfs", source: "x", owner: .init(pid: 9, startTime: 10), target: "/y", flags: 9, data: "z",
                recursiveReadOnly: true, optional: true),
        ]
        plan.maskedPaths = ["/1"]
        plan.readOnlyPaths = ["/2"]
        plan.sysctls = [.init("a", "b")]
        plan.devices = [.init(path: "/d", hostPath: "/e", kind: .block, major: 1, minor: 2, mode: 3, uid: 4, gid: 5)]
        plan.links = [.init("/l", "m")]
        plan.cgroup = .init(selfJoinFiles: ["/c/tasks"], cloneDirectory: "/d")
        plan.reaper = true
        plan.oomScoreAdjust = -5
        plan.rlimits = [.init(resource: 7, soft: 1, hard: .max)]
        plan.stdio = .init(terminal: true, rows: 3, columns: 4, openStdin: true, stdinOnce: true)
        plan.log = .init(path: "/log", maxSize: 6, maxFiles: 7, compress: true)
        plan.exitFile = "/exit"
        plan.socket = "/run/monitor.sock"
        plan.oomFile = "/oom"
        return plan
    }

    @Test func everyFieldSurvivesEncoding() throws {
        #expect(try LaunchPlan(decoding: plan.encoded()) == plan)
        var other = plan
        other.root = .directory("/r")
        other.execTarget = nil
        #expect(try LaunchPlan(decoding: other.encoded()) == other)
    }

    @Test func everyTruncationIsRefused() {
        let bytes = plan.encoded()
        for count in 0..<bytes.count {
            #expect(throws: PlanError.self) { try LaunchPlan(decoding: Array(bytes[..<count])) }
        }
    }

    @Test func excessOtherVersionsAndHugeCountsAreRefused() {
        let bytes = plan.encoded()
        #expect(throws: PlanError.trailingBytes(1)) { try LaunchPlan(decoding: bytes + [0]) }
        var version = bytes
        version[4] = 99
        #expect(throws: PlanError.version(99)) { try LaunchPlan(decoding: version) }
        var magic = bytes
        magic[0] = 0
        #expect(throws: PlanError.notAPlan) { try LaunchPlan(decoding: magic) }
        var count = bytes
        count.replaceSubrange(6..<10, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(throws: PlanError.truncated) { try LaunchPlan(decoding: count) }
    }

    @Test func exitStatusSurvivesItsText() {
        let status = ExitStatus(code: 137, outOfMemory: true, finished: 12)
        #expect(ExitStatus(text: status.text) == status)
        #expect(ExitStatus(text: "code=1\noom=0\n") == nil)
    }

    @Test func exitStatusOfOtherVersionsIsReadOrRefused() {
        let first = ExitStatus(code: 5, outOfMemory: false, finished: 9)
        // Before there were versions; with a key of later.
        #expect(ExitStatus(text: "code=5\noom=0\nfinished=9\n") == first)
        #expect(ExitStatus(text: "version=1\ncode=5\noom=0\nfinished=9\ncause=none\n") == first)
        #expect(ExitStatus(text: "version=2\ncode=5\noom=0\nfinished=9\n") == nil)
        #expect(ExitStatus(text: "version=\ncode=5\noom=0\nfinished=9\n") == nil)
    }
}
