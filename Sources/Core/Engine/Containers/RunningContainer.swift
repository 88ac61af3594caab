import Glibc
import LaunchPlan
import Model
import Runtime
import Sandbox
import State
import Synchronization

/// What hangs on a container's process while it runs.
final class RunningContainer: Sendable {
    /// It has been told that the kernel killed for want of memory.
    let hasToldOutOfMemory = Atomic(false)
    /// Its first process.
    let process: ProcessHandle
    /// The process's monitor when that is a child of this daemon: else it is found by the process.
    private let monitorPID: Int32?
    let socket: MonitorSocket
    /// Its own network namespace; nil when it has the host's or another container's.
    let sandbox: Sandbox?
    let cgroup: Cgroup
    /// Set when the process has ended.
    let ended = Latch<ProcessEnd>()
    /// Set when everything of it has been undone and written down.
    let finished = Latch<Bool>()

    init(
        process: ProcessHandle, monitorPID: Int32? = nil, socket: MonitorSocket, sandbox: Sandbox?, cgroup: Cgroup
    ) {
        self.process = process
        self.monitorPID = monitorPID
        self.socket = socket
        self.sandbox = sandbox
        self.cgroup = cgroup
    }

    convenience init(process: RunningProcess, socket: MonitorSocket, sandbox: Sandbox?, cgroup: Cgroup) {
        self.init(
            process: process.handle, monitorPID: process.channel.monitorPID, socket: socket, sandbox: sandbox,
            cgroup: cgroup)
    }

    var pid: Int32 { process.pid }

    /// Whose namespaces are to be entered.
    var target: LaunchPlan.ExecTarget { LaunchPlan.ExecTarget(pid: pid, startTime: process.startTime) }

    /// Its monitor; nil when that is gone.
    var monitor: ProcessHandle? { process.monitor ?? monitorPID.flatMap { ProcessHandle(monitor: $0) } }

    /// Asks something of the monitor. When its socket's file is lost, the monitor is made to make it anew first.
    /// Blocking.
    func ask<Reply>(_ question: (MonitorSocket) throws(LaunchError) -> Reply) throws(LaunchError) -> Reply {
        do throws(LaunchError) {
            return try question(socket)
        } catch {
            guard error.kind == .notRunning, process.isAlive, let monitor else { throw error }
            try socket.renew(by: monitor)
            return try question(socket)
        }
    }
}
