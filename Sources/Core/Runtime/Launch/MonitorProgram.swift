import CLinux
import Glibc

/// The monitor's program in a sealed memory file, or its path where the kernel allows none.
final class MonitorProgram: Sendable {
    let descriptor: Int32

    init(path: String) throws(LaunchError) {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw .system(.monitor, "open `\(path)`") }
        let sealed = berth_sealed_copy(source, "berth-monitor")
        if sealed >= 0 {
            close(source)
            descriptor = sealed
        } else {
            descriptor = source
        }
    }

    deinit { close(descriptor) }

    /// Starts a monitor that waits for its plan.
    func spawn() throws(LaunchError) -> MonitorChannel {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw .system(.monitor, "socketpair")
        }
        let pid = berth_spawn_monitor(descriptor, pair[1])
        let cause = errno
        close(pair[1])
        guard pid > 0 else {
            close(pair[0])
            throw .system(.monitor, "start the monitor", errno: cause)
        }
        return MonitorChannel(descriptor: pair[0], monitorPID: pid)
    }
}

extension MonitorLauncher {
    /// Hands the plan to a monitor and waits for the process.
    func start(_ plan: LaunchPlanBytes, listener: MonitorListener, channel: MonitorChannel, timeout: Double)
        throws(LaunchError) -> RunningProcess
    {
        let result = plan.frame.withUnsafeBytes { bytes in
            berth_send_with_descriptor(channel.descriptor, bytes.baseAddress, bytes.count, listener.descriptor)
        }
        do throws(LaunchError) {
            guard result == 0 else { throw .system(.monitor, "hand the launch plan to the monitor") }
            return try awaitStart(channel, timeout: timeout)
        } catch {
            channel.abandon(kill: error.kind == .timeout)
            throw error.kind == .notRunning ? LaunchError(.monitor, error.text) : error
        }
    }
}
