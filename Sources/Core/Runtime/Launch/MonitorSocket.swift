import Glibc
import LaunchPlan

/// The socket of a process's monitor, by its path. Every call is a connection of its own: there is nothing to be kept
/// and any thread may call. All block for the moment that a local answer takes.
public struct MonitorSocket: Sendable, Hashable {
    public let path: String

    public init(path: String) { self.path = path }

    /// Connects and says what is wanted. The caller owns the descriptor: close-on-exec, blocking, speaking
    /// `MonitorProtocol`. Output frames can be passed to a Docker client as they are. To attach before the start, call
    /// this after `MonitorListener` was made and before `MonitorLauncher.launch`.
    /// Throws `LaunchError` (`.notRunning` when nobody listens).
    public func attach(_ want: MonitorProtocol.Want) throws(LaunchError) -> Int32 {
        let descriptor = try connected()
        do throws(LaunchError) {
            try writeFrame(descriptor, .hello, hello(want))
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// As `attach`, to a process that runs, and returns when the monitor knows of the client. What is in the log up to
    /// `time` (nanoseconds since 1970, of the clock that the log's lines have) is all that was written before; what is
    /// written afterwards comes over the connection. Throws `LaunchError` (`.notRunning` when the process has ended).
    public func attachToRunning(_ want: MonitorProtocol.Want) throws(LaunchError) -> (descriptor: Int32, time: Int64) {
        let descriptor = try connected()
        do throws(LaunchError) {
            // In one piece, which the monitor reads at once: no output can come before the reply.
            let question = bigEndian(UInt32(1))
            try writeFully(
                descriptor,
                MonitorProtocol.header(.hello, length: hello(want).count) + hello(want)
                    + MonitorProtocol.header(.query, length: question.count) + question)
            guard let reply = try readFrame(descriptor, deadline: deadline(after: 10)), reply.stream == .reply,
                reply.payload.count >= 28
            else {
                throw LaunchError(.notRunning, "attach: the process is not running")
            }
            return (descriptor, readBigEndian(reply.payload, at: 20))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Sends a signal to the process, which the monitor is the parent of, so that it can reach no other process.
    public func signal(_ number: Int32) throws(LaunchError) {
        _ = try request(.signal, bigEndian(UInt32(bitPattern: number)), "send signal \(number)")
    }

    /// Sets the terminal's size.
    public func resize(rows: UInt16, columns: UInt16) throws(LaunchError) {
        _ = try request(.resize, bigEndian(rows) + bigEndian(columns), "resize")
    }

    /// The process's pid and start time, and the version of the protocol that its monitor speaks.
    public func query() throws(LaunchError) -> (pid: Int32, startTime: UInt64, version: UInt16) {
        let result = try request(.query, [], "query")
        guard result.count >= 20 else { throw LaunchError(.monitor, "monitor `\(path)`: short reply") }
        let version: UInt16 = result.count >= 22 ? readBigEndian(result, at: 20) : 1
        return (Int32(bitPattern: readBigEndian(result, at: 0)), readBigEndian(result, at: 4), version)
    }

    /// A channel to the monitor of a process that was started by an earlier daemon. The process's pid and start time
    /// come with it. Throws `.notRunning` when the monitor is gone: the exit file says how it ended; `.timeout` when it
    /// does not answer within `timeout` seconds.
    public func reconnect(timeout: Double = 10) throws(LaunchError) -> RunningProcess {
        let channel = MonitorChannel(descriptor: try attach(.events), monitorPID: nil)
        return try awaitStart(channel, timeout: timeout)
    }

    /// `reconnect` after `renew`.
    public func renewed(by monitor: ProcessHandle) throws(LaunchError) -> RunningProcess {
        try renew(by: monitor)
        return try reconnect(timeout: 1)
    }

    /// Has the monitor make its socket anew, whose file somebody has removed. Blocks until it is there, a second at most.
    /// Throws `.timeout` when it does not come: a monitor of a build that cannot do it pays no attention.
    public func renew(by monitor: ProcessHandle) throws(LaunchError) {
        if let slash = path.lastIndex(of: "/") { mkdir(String(path[..<slash]), 0o711) }
        let limit = deadline(after: 1)
        try monitor.signal(SIGHUP)
        while access(path, F_OK) != 0 {
            guard monotonicNanoseconds() < limit else {
                throw LaunchError(.timeout, "the monitor does not make its socket `\(path)` anew")
            }
            usleep(2000)
        }
    }

    private func hello(_ want: MonitorProtocol.Want) -> [UInt8] { [want.rawValue] + bigEndian(MonitorProtocol.version) }
}
