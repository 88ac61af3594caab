import CLinux
import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

import struct LaunchPlan.ExitStatus

/// The launcher and the watch that all tests share.
enum Shared {
    static let launcher: MonitorLauncher = {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        do {
            return try MonitorLauncher(monitorPath: program.appendingPathComponent("berth-monitor").path, warm: 2)
        } catch {
            fatalError("\(error)")
        }
    }()
    static let watch: MonitorWatch = {
        do { return try MonitorWatch() } catch { fatalError("\(error)") }
    }()

    static let defaultCapabilities: UInt64 = 0xA804_25FB

    /// Where the v2 hierarchy of cgroups is mounted; nil when it is not.
    static let unifiedHierarchy = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].first {
        access("\($0)/cgroup.controllers", F_OK) == 0
    }
}

/// A container with busybox on an overlay of its own.
final class TestContainer: Sendable {
    let directory: String
    var socketPath: String { directory + "/monitor.sock" }
    var socket: MonitorSocket { MonitorSocket(path: socketPath) }
    var logPath: String { directory + "/x-json.log" }
    var exitPath: String { directory + "/exit" }
    var lower: String { directory + "/lower" }
    var upper: String { directory + "/upper" }

    init() throws {
        var template = Array("/tmp/berth-launch-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
        for name in ["lower/bin", "lower/etc", "lower/tmp", "upper", "work", "merged"] {
            try FileManager.default.createDirectory(atPath: directory + "/" + name, withIntermediateDirectories: true)
        }
        chmod(lower + "/tmp", 0o1777)
        try #require(link("/bin/busybox", lower + "/bin/busybox") == 0 || copyBusybox())
        for name in [
            "sh", "true", "false", "cat", "echo", "id", "sleep", "stty", "ls", "head", "tail", "grep", "mount",
            "touch", "hostname", "kill", "ps", "dd", "yes", "seq", "pwd", "env", "readlink", "stat", "ulimit", "md5sum",
            "wc", "rm", "mknod", "od",
        ] {
            symlink("busybox", lower + "/bin/" + name)
        }
        try "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1001:Bob:/home/bob:/bin/sh\n"
            .write(toFile: lower + "/etc/passwd", atomically: false, encoding: .utf8)
        try "root:x:0:\nstaff:x:50:bob\nbob:x:1001:\nwheel:x:10:root,bob\n"
            .write(toFile: lower + "/etc/group", atomically: false, encoding: .utf8)
    }

    private func copyBusybox() -> Bool {
        (try? FileManager.default.copyItem(atPath: "/bin/busybox", toPath: lower + "/bin/busybox")) != nil
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// A plan with the mounts, devices and hidden paths of an ordinary container.
    func plan(_ arguments: [String], user: String = "") -> LaunchPlan {
        let flags = LaunchPlan.MountFlag.noSuid | LaunchPlan.MountFlag.noExec | LaunchPlan.MountFlag.noDevices
        var plan = LaunchPlan(
            containerID: "test",
            process: .init(
                arguments: arguments, environment: ["PATH=/usr/bin:/bin", "TERM=xterm"], user: user,
                capabilities: .init(
                    bounding: Shared.defaultCapabilities, permitted: Shared.defaultCapabilities,
                    effective: Shared.defaultCapabilities)))
        plan.namespaces = [.new(.mount), .new(.pid), .new(.uts), .new(.ipc), .new(.network)]
        plan.hostname = "box"
        plan.root = .overlay(
            base: directory, lower: ["lower"], upper: "upper", work: "work", mountpoint: directory + "/merged",
            options: "")
        plan.mounts = [
            .init(type: "proc", source: "proc", target: "/proc", flags: flags),
            .init(
                type: "tmpfs", source: "tmpfs", target: "/dev", flags: LaunchPlan.MountFlag.noSuid,
                data: "mode=755,size=65536k"),
            .init(
                type: "devpts", source: "devpts", target: "/dev/pts", flags: 10,
                data: "newinstance,ptmxmode=0666,mode=0620,gid=5"),
            .init(type: "sysfs", source: "sysfs", target: "/sys", flags: flags | LaunchPlan.MountFlag.readOnly),
            .init(type: "mqueue", source: "mqueue", target: "/dev/mqueue", flags: flags),
            .init(type: "tmpfs", source: "shm", target: "/dev/shm", flags: flags, data: "mode=1777,size=65536k"),
        ]
        plan.devices = [
            .init(path: "/dev/null", major: 1, minor: 3), .init(path: "/dev/zero", major: 1, minor: 5),
            .init(path: "/dev/full", major: 1, minor: 7), .init(path: "/dev/tty", major: 5, minor: 0),
            .init(path: "/dev/random", major: 1, minor: 8), .init(path: "/dev/urandom", major: 1, minor: 9),
        ]
        plan.links = [
            .init("/dev/fd", "/proc/self/fd"), .init("/dev/stdout", "/proc/self/fd/1"), .init("/dev/ptmx", "pts/ptmx"),
        ]
        plan.maskedPaths = ["/proc/kcore", "/proc/keys", "/proc/acpi", "/sys/firmware", "/proc/does-not-exist"]
        plan.readOnlyPaths = ["/proc/bus", "/proc/sys", "/proc/sysrq-trigger"]
        plan.log.path = logPath
        plan.exitFile = exitPath
        return plan
    }

    /// Runs to the end.
    @discardableResult
    func run(_ plan: LaunchPlan) throws -> ExitStatus {
        let process = try Shared.launcher.launch(plan, socketPath: socketPath)
        return try #require(ended(process))
    }

    /// Runs a script to the end and returns its stdout.
    func output(_ script: String, _ change: (inout LaunchPlan) -> Void = { _ in }) throws -> String {
        var plan = plan(["sh", "-c", script])
        change(&plan)
        try run(plan)
        return try logged("stdout")
    }

    /// How the process ended; nil when its monitor was lost.
    func ended(_ process: RunningProcess) -> ExitStatus? {
        let waiting = Waiting()
        Shared.watch.watch(process.channel) { waiting.finish($0) }
        guard case .exited(let status) = waiting.wait() else { return nil }
        return status
    }

    /// The log's text of one stream, put together again.
    func logged(_ stream: String, path: String? = nil) throws -> String {
        try entries(path: path ?? logPath).filter { $0["stream"] == stream }.compactMap { $0["log"] }.joined()
    }

    func entries(path: String) throws -> [[String: String]] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String])
        }
    }
}

/// A process's end, to be waited for.
final class Waiting: @unchecked Sendable {
    // Unchecked: `end` is written before the semaphore is signalled and read after it was waited for.
    private let semaphore = DispatchSemaphore(value: 0)
    private var end: ProcessEnd?

    func finish(_ end: ProcessEnd) {
        self.end = end
        semaphore.signal()
    }

    func wait(seconds: Double = 60) -> ProcessEnd? {
        guard semaphore.wait(timeout: .now() + seconds) == .success else { return nil }
        return end
    }
}
