import CLinux
import Glibc

/// The monitor's program, where no process in a container can change it. Such a process can come by the file of a monitor
/// that is about to become one of the container's (`/proc/PID/exe`), and there it is the owner's user.
final class MonitorProgram: Sendable {
    private enum Place {
        /// A mount of its own that is nowhere attached and read-only.
        case mount(Int32)
        /// The kernel has no such mounts: every monitor gets a copy of its own in a sealed memory file.
        case file(Int32)
    }

    private static let name = "berth-monitor"
    private let place: Place

    /// - Parameter mounts: false to do without such a mount, as on kernels before 5.12.
    init(path: String, mounts: Bool = true) throws(LaunchError) {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw .system(.monitor, "open `\(path)`") }
        let mount = mounts ? berth_program_mount(source, Self.name) : -1
        if mount >= 0 {
            close(source)
            place = .mount(mount)
        } else {
            place = .file(source)
        }
    }

    deinit {
        switch place {
        case .mount(let descriptor), .file(let descriptor): close(descriptor)
        }
    }

    /// Starts a monitor that waits for its plan.
    func spawn() throws(LaunchError) -> MonitorChannel {
        var pair: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            throw .system(.monitor, "socketpair")
        }
        let pid = start(pair[1])
        let cause = errno
        close(pair[1])
        guard pid > 0 else {
            close(pair[0])
            throw .system(.monitor, "start the monitor", errno: cause)
        }
        return MonitorChannel(descriptor: pair[0], monitorPID: pid)
    }

    /// The new process, or -1 with errno.
    private func start(_ channel: Int32) -> Int32 {
        switch place {
        case .mount(let mount):
            // Where the kernel lets it, each runs from a mount of its own, which it closes to execution then: a container
            // cannot have the program run by another's name (`/proc/self/exe`).
            let own = berth_clone_mount(mount)
            let program = berth_open_program(own >= 0 ? own : mount, Self.name)
            let pid = program < 0 ? -1 : berth_spawn_monitor(program, channel, own)
            let cause = errno
            for descriptor in [own, program] where descriptor >= 0 { close(descriptor) }
            errno = cause
            return pid
        case .file(let source):
            let copy = berth_sealed_copy(source, Self.name)
            let pid = berth_spawn_monitor(copy >= 0 ? copy : source, channel, -1)
            let cause = errno
            if copy >= 0 { close(copy) }
            errno = cause
            return pid
        }
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
