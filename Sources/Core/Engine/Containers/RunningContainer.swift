import Glibc
import LaunchPlan
import Model
import Runtime
import Sandbox
import State
import Synchronization

/// What hangs on a container's process while it runs.
final class RunningContainer: Sendable {
    let pid: Int32
    let startTime: UInt64
    let socket: MonitorSocket
    /// Its own network namespace; nil when it has the host's or another container's.
    let sandbox: Sandbox?
    let cgroup: Cgroup
    /// Set when the process has ended.
    let ended = Latch<ProcessEnd>()
    /// Set when everything of it has been undone and written down.
    let finished = Latch<Bool>()

    init(pid: Int32, startTime: UInt64, socket: MonitorSocket, sandbox: Sandbox?, cgroup: Cgroup) {
        self.pid = pid
        self.startTime = startTime
        self.socket = socket
        self.sandbox = sandbox
        self.cgroup = cgroup
    }

    convenience init(process: RunningProcess, socket: MonitorSocket, sandbox: Sandbox?, cgroup: Cgroup) {
        self.init(
            pid: process.pid, startTime: process.startTime, socket: socket, sandbox: sandbox, cgroup: cgroup)
    }
}
