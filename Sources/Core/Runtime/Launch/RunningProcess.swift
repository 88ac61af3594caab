import Glibc
import LaunchPlan

/// A process that a monitor has started.
public struct RunningProcess: Sendable {
    /// The process as the host numbers it: a container's init, or the exec's process.
    public let pid: Int32
    /// Field 22 of `/proc/PID/stat`, in clock ticks: with `pid` it names the process for good.
    public let startTime: UInt64
    /// What could not be done in full: a rlimit above what may be set.
    public let warnings: [String]
    /// To be given to `MonitorWatch.watch`.
    public let channel: MonitorChannel

    public var handle: ProcessHandle { ProcessHandle(pid: pid, startTime: startTime) }
}

/// The daemon's connection to one monitor on which its events come. Owned by whoever holds it, handed over to
/// `MonitorWatch.watch`; closes itself with the last reference.
public final class MonitorChannel: Sendable {
    let descriptor: Int32
    /// The monitor, when it is a child of this process (to be reaped); nil after a reconnect.
    public let monitorPID: Int32?

    init(descriptor: Int32, monitorPID: Int32?) {
        self.descriptor = descriptor
        self.monitorPID = monitorPID
    }

    deinit { close(descriptor) }
}

/// How the process behind a channel ended.
public enum ProcessEnd: Sendable, Equatable {
    case exited(ExitStatus)
    /// The monitor died without a word. The kernel kills the process with it, unless that has changed its user or group
    /// by itself since (PR_SET_PDEATHSIG of prctl(2)): whoever started it must see to its end. The exit file, if the
    /// monitor came as far as that, is the one witness left.
    case monitorLost
}
