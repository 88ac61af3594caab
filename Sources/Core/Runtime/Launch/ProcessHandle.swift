import CLinux
import Glibc

/// A process named for good: by its number, and the time at which it started (proc_pid_stat(5), clock ticks since
/// boot). What is done to it can reach no other process that was given the same number.
///
/// All calls make short system calls, except `wait`; any thread may make them.
public struct ProcessHandle: Sendable, Hashable {
    public let pid: Int32
    public let startTime: UInt64

    public init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    /// The process that has this number now; nil when there is none.
    public init?(now pid: Int32) {
        guard let stat = ProcessStat(pid) else { return nil }
        self.init(pid: pid, startTime: stat.startTime)
    }

    /// Whether it is there and has not ended: a zombie has.
    public var isAlive: Bool {
        guard let stat = ProcessStat(pid), stat.startTime == startTime else { return false }
        return stat.state != "Z" && stat.state != "X"
    }

    /// Whether it has been stopped, by a signal or by a tracer.
    public var isStopped: Bool {
        guard let stat = ProcessStat(pid), stat.startTime == startTime else { return false }
        return stat.state == "T" || stat.state == "t"
    }

    /// Sends a signal.
    /// - Returns: false when the process is gone.
    @discardableResult
    public func signal(_ number: Int32) throws(LaunchError) -> Bool {
        guard let descriptor = try open() else { return false }
        defer { close(descriptor) }
        if berth_pidfd_signal(descriptor, number) == 0 { return true }
        if errno == ESRCH { return false }
        throw .system(.refused, "send signal \(number) to process \(pid)")
    }

    /// Blocks until it has ended, `seconds` at most.
    /// - Returns: whether it has.
    public func wait(seconds: Double) -> Bool {
        guard let descriptor = try? open() else { return !isAlive }
        defer { close(descriptor) }
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, Int32(seconds * 1000)) > 0
    }

    /// A pidfd; nil when the process is gone.
    private func open() throws(LaunchError) -> Int32? {
        let descriptor = berth_pidfd_open(pid)
        guard descriptor >= 0 else {
            if errno == ESRCH || errno == EINVAL { return nil }
            throw .system(.refused, "open process \(pid)")
        }
        // The descriptor holds on to the process, so that its number cannot change hands any more.
        guard ProcessStat(pid)?.startTime == startTime else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    // MARK: Monitors

    /// What `berth-monitor` calls itself (PR_SET_NAME).
    private static let monitorName = "berth-monitor"

    /// The monitor of this process, which is its parent for as long as both live; nil when that is gone.
    public var monitor: ProcessHandle? {
        guard let stat = ProcessStat(pid), stat.startTime == startTime else { return nil }
        return ProcessHandle(monitor: stat.parent)
    }

    /// The monitor that has this number now; nil when it is another process's.
    public init?(monitor pid: Int32) {
        guard let stat = ProcessStat(pid), stat.name == Self.monitorName else { return nil }
        self.init(pid: pid, startTime: stat.startTime)
    }

    /// Whether the process is in a cgroup of this name, or in one inside it: proc_pid_cgroup(5). It says whose process
    /// it is where nobody has kept when it started.
    public func isInCgroup(named name: String) -> Bool {
        guard let text = ControlFile.readIfPresent("/proc/\(pid)/cgroup") else { return false }
        return text.split(separator: "\n").contains { line in
            line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).last?
                .split(separator: "/").contains { $0 == name } ?? false
        }
    }
}

/// The fields of `/proc/PID/stat` that are looked at.
private struct ProcessStat {
    var name: String
    var state: Character
    var parent: Int32
    var startTime: UInt64

    init?(_ pid: Int32) {
        guard pid > 0, let text = ControlFile.readIfPresent("/proc/\(pid)/stat"),
            // The name may hold anything.
            let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"), open < close
        else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let state = fields[0].first, let parent = Int32(fields[1]),
            let startTime = UInt64(fields[19])
        else { return nil }
        name = String(text[text.index(after: open)..<close])
        self.state = state
        self.parent = parent
        self.startTime = startTime
    }
}
