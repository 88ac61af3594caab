import Glibc
import LaunchPlan
import Synchronization

/// One thread that waits for the end of all processes.
public final class MonitorWatch: Sendable {
    let loop: WatchLoop

    /// Starts the thread. Throws `LaunchError` (`.monitor`) when the kernel has no descriptor or thread left.
    public init() throws(LaunchError) {
        loop = try WatchLoop()
        try loop.start()
    }

    deinit { loop.stop() }

    /// Calls `onEnd` once, on the watching thread, when the process behind `channel` has ended: it must hand the work
    /// on and return. Takes the channel over, and reaps the monitor when it is a child of this process.
    public func watch(_ channel: MonitorChannel, onEnd: @escaping @Sendable (ProcessEnd) -> Void) {
        loop.add(channel, onEnd)
    }
}
