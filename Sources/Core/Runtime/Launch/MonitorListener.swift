import CLinux
import Glibc
import LaunchPlan

/// The listening socket of a monitor, made before the monitor is: what connects meanwhile waits in its queue, and the
/// monitor reads its hello before it starts the process, so that no output is missed.
public final class MonitorListener: Sendable {
    let descriptor: Int32
    public let path: String

    /// Binds and listens at `path`, in place of whatever socket was there. Mode 0600. The path may be longer than the
    /// 108 bytes of `sockaddr_un`. Throws `LaunchError` (`.monitor`).
    public init(path: String) throws(LaunchError) {
        self.path = path
        descriptor = berth_unix_listen(path, MonitorProtocol.backlog)
        guard descriptor >= 0 else { throw .system(.monitor, "listen on `\(path)`") }
    }

    deinit { close(descriptor) }
}
