import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

@Suite(.enabled(if: getuid() == 0, "needs root")) struct ConfinementTests {
    private func status(_ text: String, _ field: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix(field + ":") }.map {
            $0.dropFirst(field.count + 1).trimmingCharacters(in: .whitespaces)
        }
    }

    @Test func capabilitySetsAreThoseOfThePlan() throws {
        let box = try TestContainer()
        let root = try box.output("cat /proc/self/status")
        #expect(status(root, "CapBnd") == "00000000a80425fb")
        #expect(status(root, "CapEff") == "00000000a80425fb")
        #expect(status(root, "CapPrm") == "00000000a80425fb")
        #expect(status(root, "NoNewPrivs") == "0")
        #expect(status(root, "Seccomp") == "0")
        let other = try TestContainer()
        let user = try other.output("cat /proc/self/status") {
            $0.process.user = "bob"
            $0.process.capabilities.inheritable = 1 << 10
            $0.process.capabilities.ambient = 1 << 10
        }
        #expect(status(user, "CapEff") == "0000000000000400")
        #expect(status(user, "CapAmb") == "0000000000000400")
        #expect(status(user, "Uid") == "1000\t1000\t1000\t1000")
    }

    /// Refuses mkdir(2) and mkdirat(2) with EPERM, allows the rest.
    private var program: [UInt8] {
        func instruction(_ code: UInt16, _ yes: UInt8, _ no: UInt8, _ value: UInt32) -> [UInt8] {
            var bytes: [UInt8] = []
            withUnsafeBytes(of: code.littleEndian) { bytes += $0 }
            bytes += [yes, no]
            withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
            return bytes
        }
        return instruction(0x20, 0, 0, 0) + instruction(0x15, 1, 0, 83) + instruction(0x15, 0, 1, 258)
            + instruction(0x06, 0, 0, 0x0005_0001) + instruction(0x06, 0, 0, 0x7FFF_0000)
    }

    @Test(arguments: [true, false]) func seccompHoldsWithAndWithoutNoNewPrivileges(_ noNewPrivileges: Bool) throws {
        let box = try TestContainer()
        try FileManager.default.createSymbolicLink(atPath: box.lower + "/bin/mkdir", withDestinationPath: "busybox")
        let text = try box.output("cat /proc/self/status; mkdir /x 2>&1; id -u") {
            $0.process.seccomp = program
            $0.process.noNewPrivileges = noNewPrivileges
            $0.process.user = "1000"
        }
        #expect(status(text, "Seccomp") == "2")
        #expect(status(text, "NoNewPrivs") == (noNewPrivileges ? "1" : "0"))
        #expect(text.hasSuffix("Operation not permitted\n1000\n"))
    }

    @Test func maskedPathsAreEmptyAndReadOnlyOnesReadOnly() throws {
        let box = try TestContainer()
        let text = try box.output(
            "wc -c < /proc/keys; ls /sys/firmware | wc -l; touch /sys/firmware/x 2>&1; echo 1 > /proc/sys/net/ipv4/ip_forward"
        )
        #expect(text.hasPrefix("0\n0\n"))
        #expect(text.contains("Read-only file system"))
        let complaint = try box.logged("stderr")
        #expect(complaint.contains("Read-only file system"))
    }

    @Test func readOnlyRootRefusesWritesButNotToItsMounts() throws {
        let box = try TestContainer()
        let text = try box.output("touch /x 2>&1; touch /dev/shm/y && echo fine") { $0.readOnlyRoot = true }
        #expect(text == "touch: /x: Read-only file system\nfine\n")
    }

    @Test func sysctlsHoldInTheContainerAlone() throws {
        let box = try TestContainer()
        let host = try String(contentsOfFile: "/proc/sys/kernel/msgmax", encoding: .utf8)
        let text = try box.output("cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_default_ttl") {
            $0.sysctls = [.init("kernel.msgmax", "4321"), .init("net.ipv4.ip_default_ttl", "33")]
        }
        #expect(text == "4321\n33\n")
        #expect(try String(contentsOfFile: "/proc/sys/kernel/msgmax", encoding: .utf8) == host)
    }

    @Test func limitThatMayNotBeRaisedIsLoweredWithAWarning() throws {
        let box = try TestContainer()
        var present = rlimit()
        getrlimit(__rlimit_resource_t(7), &present)
        var plan = box.plan(["sh", "-c", "ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj"])
        plan.oomScoreAdjust = 321
        plan.rlimits = [.init(resource: 7, soft: 200, hard: UInt64(present.rlim_max) + 100_000_000_000)]
        let process = try Shared.launcher.launch(plan, socketPath: box.socketPath)
        #expect(process.warnings.count == 1)
        #expect(process.warnings.first?.contains("perm") == true)
        #expect(box.ended(process)?.code == 0)
        let text = try box.logged("stdout")
        #expect(text == "200\n\(present.rlim_max)\n321\n")
    }

    @Test func processJoinsItsCgroups() throws {
        let box = try TestContainer()
        let name = "berth-launch-\(getpid())-\(UInt32.random(in: 0...9999))"
        let hierarchies: [String] = ["pids", "memory", "freezer"].map { "/sys/fs/cgroup/\($0)/\(name)" }
            .filter { (path: String) in mkdir(path, 0o755) == 0 }
        try #require(!hierarchies.isEmpty)
        defer { for directory in hierarchies { rmdir(directory) } }
        let text = try box.output("cat /proc/self/cgroup") {
            $0.cgroup.selfJoinFiles = hierarchies.map { $0 + "/tasks" }
        }
        #expect(text.components(separatedBy: "/" + name + "\n").count == hierarchies.count + 1)
        let hidden = try TestContainer().output("cat /proc/self/cgroup") {
            $0.cgroup.selfJoinFiles = hierarchies.map { $0 + "/tasks" }
            $0.namespaces.append(.new(.cgroup))
        }
        #expect(!hidden.contains(name))
        #expect(hidden.contains("pids:/\n"))
    }

    @Test func processIsClonedIntoItsV2Cgroup() throws {
        let base = try #require(Shared.unifiedHierarchy)
        let directory = base + "/berth-launch-v2-\(getpid())"
        try #require(mkdir(directory, 0o755) == 0)
        defer { rmdir(directory) }
        let box = try TestContainer()
        let text = try box.output("grep ^0:: /proc/self/cgroup") { $0.cgroup.cloneDirectory = directory }
        #expect(text.hasSuffix("/berth-launch-v2-\(getpid())\n"))
        let hidden = try TestContainer().output("grep ^0:: /proc/self/cgroup") {
            $0.cgroup.cloneDirectory = directory
            $0.namespaces.append(.new(.cgroup))
        }
        #expect(hidden == "0::/\n")
    }
}
