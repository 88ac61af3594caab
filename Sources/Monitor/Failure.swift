import CLinux
import Glibc
import LaunchPlan

/// Why the process could not be started.
struct Failure: Error {
    /// Docker's: 127 the command is not there, 126 it may not be executed, 128 anything else.
    var exitCode: Int32
    var cause: Int32
    var text: String
    /// A cgroup takes no process because cgroups below it have controllers in use.
    var isBusyCgroup = false

    init(exitCode: Int32 = 128, cause: Int32, text: String) {
        self.exitCode = exitCode
        self.cause = cause
        self.text = text
    }

    /// "purpose: cause".
    init(purpose: String, cause: Int32) {
        self.init(cause: cause, text: purpose + ": " + causeText(cause))
    }

    /// The process whose namespaces were to be entered is no more: all that fails then fails for that.
    static func ended(_ pid: Int32) -> Failure { Failure(purpose: "process \(pid) has ended", cause: ESRCH) }

    /// What the child reported, in words.
    init(_ report: berth_report, of plan: LaunchPlan) {
        var report = report
        let detail = withUnsafeBytes(of: &report.detail) { String(cString: $0.bindMemory(to: CChar.self).baseAddress!) }
        let index = Int(report.index)
        let cause = report.cause
        self.init(cause: cause, text: "")
        switch berth_step(report.step) {
        case berth_step_lookup:
            exitCode = 127
            text = "exec: \"\(detail)\": executable file not found in $PATH"
        case berth_step_exec:
            (exitCode, text) = Failure.execution(detail, exists: index != 0, cause)
        // The report may come from a process that the container has taken over: nothing in it is sure.
        case berth_step_mount, berth_step_mount_target, berth_step_mount_directory, berth_step_mount_proc,
            berth_step_joined_proc:
            let mount = index < plan.mounts.count ? plan.mounts[index] : nil
            text = mount.map { Failure.mount($0, berth_step(report.step), cause) } ?? "mount: " + causeText(cause)
        case berth_step_directory:
            exitCode = cause == EACCES || plan.execTarget != nil ? 126 : 128
            text = "chdir to cwd (\"\(detail)\") set in config.json failed: " + causeText(cause)
        case berth_step_outside:
            text =
                "current working directory (\"\(detail)\") is outside of container mount namespace root"
                + " -- possible container breakout detected"
        case berth_step_mask where detail == LaunchPlan.nullDevice && plan.mountAtNullDevice != nil:
            text = plan.mountAtNullDevice.map(Failure.withoutNullDevice) ?? ""
        case let step:
            isBusyCgroup = step == berth_step_cgroup && cause == EBUSY
            text = Failure.operation(step, detail, index, plan) + ": " + causeText(cause)
        }
    }

    private static func execution(_ path: String, exists: Bool, _ cause: Int32) -> (Int32, String) {
        switch cause {
        case ENOENT where exists: return (127, "exec \(path): " + causeText(cause))
        case ENOENT: return (127, "exec: \"\(path)\": stat \(path): " + causeText(cause))
        case EACCES, EISDIR, EPERM: return (126, "exec: \"\(path)\": " + causeText(cause))
        case ENOTDIR: return (126, "exec: \"\(path)\": stat \(path): " + causeText(cause))
        case ENOEXEC: return (126, "exec \(path): " + causeText(cause))
        default: return (126, "exec \(path): " + causeText(cause))
        }
    }

    private static func mount(_ mount: LaunchPlan.Mount, _ step: berth_step, _ cause: Int32) -> String {
        var text = "error mounting \"\(mount.source)\" to rootfs at \"\(mount.target)\": "
        if step == berth_step_mount_proc {
            return text + "\"\(mount.target)\" cannot be mounted because it is "
                + (mount.target == "/proc" ? "not of type proc" : "inside /proc")
        }
        if step == berth_step_joined_proc {
            return text + "the container whose PID namespace is joined has something else there"
        }
        if step == berth_step_mount_directory {
            return text + "filesystem \"\(mount.type)\" must be mounted on ordinary directory: " + causeText(cause)
        }
        if step == berth_step_mount_target { text += "create mount destination: " }
        if !mount.subpath.isEmpty {
            text += "subpath \"\(mount.subpath)\": "
            if cause == EXDEV { return text + "path escapes from parent" }
        }
        text += causeText(cause)
        if cause == ENOTDIR || cause == EISDIR {
            text += ": Are you trying to mount a directory onto a file (or vice-versa)? "
            text += "Check if the specified host path exists and is the expected type"
        }
        return text
    }

    /// Of a mount in whose place the null device is wanted.
    private static func withoutNullDevice(_ mount: LaunchPlan.Mount) -> String {
        "error mounting \"\(mount.source)\" to rootfs at \"\(mount.target)\": \"\(mount.target)\" cannot be mounted because "
            + (mount.target == LaunchPlan.nullDevice ? "it is not the null device" : "it has no null device")
            + ", which covers what is hidden of /proc"
    }

    private static func operation(_ step: berth_step, _ detail: String, _ index: Int, _ plan: LaunchPlan) -> String {
        switch step {
        case berth_step_namespace: return "enter namespace" + (detail.isEmpty ? "" : " `\(detail)`")
        case berth_step_cgroup:
            let cgroups = plan.cgroup.paths
            return "join cgroup" + (index < cgroups.count ? " `\(cgroups[index])`" : "")
        case berth_step_propagation: return "set mount propagation of `\(detail)`"
        case berth_step_root: return "mount root file system `\(detail)`"
        case berth_step_device: return "make device `\(detail)`"
        case berth_step_link: return "make link `\(detail)`"
        case berth_step_terminal: return "open terminal `\(detail)`"
        case berth_step_console: return "mount `\(detail)`"
        case berth_step_sysctl: return "write sysctl `\(detail)`"
        case berth_step_mask: return "mask path `\(detail)`"
        case berth_step_read_only: return "make path `\(detail)` read-only"
        case berth_step_pivot: return "pivot into `\(detail)`"
        case berth_step_hostname: return "set host name `\(detail)`"
        case berth_step_oom_score: return "write oom_score_adj \(plan.oomScoreAdjust)"
        case berth_step_rlimit: return "set rlimit \(index < plan.rlimits.count ? plan.rlimits[index].resource : -1)"
        case berth_step_stdio: return "open stdio \(index)"
        case berth_step_descriptors: return "open and close descriptors"
        case berth_step_capabilities: return "set capabilities (\(detail) \(index))"
        case berth_step_user: return "set user (\(detail))"
        case berth_step_no_new_privileges: return "set no_new_privs"
        case berth_step_seccomp: return "load seccomp program"
        case berth_step_reaper: return "start the reaper's child"
        case berth_step_visible: return "clone into the PID namespace"
        default: return "launch"
        }
    }

    /// What was done in part, in words.
    static func warning(_ report: berth_report, of plan: LaunchPlan) -> String {
        let index = Int(report.index)
        if berth_step(report.step) == berth_step_rlimit, index < plan.rlimits.count {
            let limit = plan.rlimits[index]
            return "rlimit \(limit.resource): a hard limit of \(limit.hard) may not be set here, lowered: "
                + causeText(report.cause)
        }
        return operation(berth_step(report.step), "", index, plan) + ": " + causeText(report.cause)
    }
}

/// errno in words, beginning in lower case as Docker's messages have it.
func causeText(_ cause: Int32) -> String {
    var bytes = [UInt8](String(cString: strerror(cause)).utf8)
    if bytes.count > 1, bytes[0] >= 0x41, bytes[0] <= 0x5A, bytes[1] >= 0x61 { bytes[0] += 0x20 }
    return String(decoding: bytes, as: UTF8.self)
}

extension LaunchPlan {
    fileprivate static let nullDevice = "/dev/null"

    /// The client's mount that is where the container's null device would be.
    fileprivate var mountAtNullDevice: Mount? {
        mounts.last { $0.target == Self.nullDevice }
            ?? mounts.last { $0.target == "/dev" && $0.flags & MountFlag.bind != 0 }
    }
}

extension LaunchPlan.CgroupEntry {
    /// In the order in which they are joined.
    var paths: [String] { selfJoinFiles + (cloneDirectory.map { [$0] } ?? []) }
}
