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

    init(process: RunningProcess, socket: MonitorSocket, sandbox: Sandbox?, cgroup: Cgroup) {
        pid = process.pid
        startTime = process.startTime
        self.socket = socket
        self.sandbox = sandbox
        self.cgroup = cgroup
    }
}

/// A client that wants to be attached when the process starts.
final class PendingAttach: Sendable {
    let want: MonitorProtocol.Want
    private let connection = Latch<CInt?>()
    private let state = Mutex(false)

    init(want: MonitorProtocol.Want) {
        self.want = want
    }

    /// Hands over a connected socket; closes it when the client has gone meanwhile.
    func resolve(_ descriptor: CInt) {
        let isGone = state.withLock { gone in gone }
        if isGone { close(descriptor) } else { connection.set(descriptor) }
    }

    func cancel() { connection.set(nil) }

    /// Suspends until the process is about to start.
    func socket() async -> CInt? {
        if let value = await connection.wait() { return value }
        // Cancelled: what is resolved at this very moment is closed, not lost.
        state.withLock { $0 = true }
        if let value = connection.value, let descriptor = value { close(descriptor) }
        connection.set(nil)
        return nil
    }
}
