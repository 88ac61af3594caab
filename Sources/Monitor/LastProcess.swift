import CLinux
import Glibc

/// The process that is to be executed: the child of the clone, or, where others are in its PID namespace already, one that
/// the child makes in its own place when all is ready.
struct LastProcess {
    let child: Int32
    /// Where its number comes to stand (`berth_launch.process`); nil when it is `child`.
    let shared: UnsafeMutablePointer<Int32>?

    private var number: Int32 {
        // Volatile, as it were: the kernel has written it before anything that is known of the process.
        shared.map { UnsafeRawPointer($0).loadUnaligned(as: Int32.self) } ?? 0
    }

    /// Its number, once the channel has ended; the child that made it is waited for.
    func awaited() throws(Failure) -> Int32 {
        guard shared != nil else { return child }
        wait(child)
        guard berth_is_child(number), number != child else {
            throw Failure(purpose: "start the process: it was killed before it ran", cause: ECHILD)
        }
        return number
    }

    /// Ends all that was made.
    func end() {
        if berth_is_child(child) {
            kill(child, SIGKILL)
            wait(child)
        }
        guard shared != nil, number != child, berth_is_child(number) else { return }
        kill(number, SIGKILL)
        wait(number)
    }

    private func wait(_ pid: Int32) {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    }
}
