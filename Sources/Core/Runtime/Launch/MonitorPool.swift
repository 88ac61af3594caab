import Glibc
import Synchronization

/// Monitors that are started already and wait for a plan.
final class MonitorPool: Sendable {
    private let program: MonitorProgram
    private let size: Int
    private let idle = Mutex<[MonitorChannel]>([])
    private let isFilling = Atomic(false)

    init(program: MonitorProgram, size: Int) {
        self.program = program
        self.size = size
    }

    deinit { idle.withLock { $0 }.forEach { $0.abandon(kill: false) } }

    /// A waiting monitor, or a new one when none waits.
    func take() throws(LaunchError) -> MonitorChannel {
        while let channel = idle.withLock({ $0.popLast() }) {
            let isStopped = channel.isStopped
            if channel.isAlive, !isStopped { return channel }
            channel.abandon(kill: isStopped)
        }
        return try program.spawn()
    }

    /// Whether fewer than half of the monitors wait.
    var isLow: Bool { idle.withLock { $0.count } * 2 < size }

    /// Brings the number of waiting monitors up to `size`, unless another thread is at it. To be called away from the
    /// path of a launch.
    func refill() {
        guard isFilling.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return }
        defer { isFilling.store(false, ordering: .releasing) }
        while idle.withLock({ $0.count }) < size {
            guard let channel = try? program.spawn() else { return }
            idle.withLock { $0.append(channel) }
        }
    }
}

extension MonitorChannel {
    /// Nothing was said and nobody has hung up.
    var isAlive: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 0
    }

    /// A signal has stopped it (SIGSTOP): it would never answer. See waitid(2).
    var isStopped: Bool {
        guard let monitorPID else { return false }
        var status = siginfo_t()
        let result = waitid(P_PID, id_t(monitorPID), &status, WSTOPPED | WNOHANG | WNOWAIT)
        return result == 0 && status.si_signo != 0
    }

    /// Lets go of a monitor that runs nothing: it ends when its socket closes, and is waited for.
    func abandon(kill now: Bool) {
        shutdown(descriptor, Int32(SHUT_RDWR))
        guard let monitorPID else { return }
        if now { kill(monitorPID, SIGKILL) }
        reap(monitorPID, blocking: true)
    }
}

/// Takes the status of a monitor that was our child, that of no other.
@discardableResult
func reap(_ pid: Int32, blocking: Bool) -> Bool {
    var status: Int32 = 0
    while true {
        let result = waitpid(pid, &status, blocking ? 0 : WNOHANG)
        if result < 0 && errno == EINTR { continue }
        return result != 0
    }
}
