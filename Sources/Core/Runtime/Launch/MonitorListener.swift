import CLinux
import Glibc

/// The listening socket of a monitor, made before the monitor is: what connects meanwhile waits in its queue, and the
/// monitor reads its hello before it starts the process, so that no output is missed.
public final class MonitorListener: Sendable {
    let descriptor: Int32
    public let path: String

    /// Binds and listens at `path`, in place of whatever socket was there. Mode 0600. The path may be longer than the
    /// 108 bytes of `sockaddr_un`. Throws `LaunchError` (`.monitor`).
    public init(path: String) throws(LaunchError) {
        self.path = path
        unlink(path)
        descriptor = try withShortSocketPath(path) { address, length throws(LaunchError) in
            let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            guard descriptor >= 0 else { throw .system(.monitor, "socket") }
            guard bind(descriptor, address, length) == 0, listen(descriptor, 128) == 0 else {
                let cause = errno
                close(descriptor)
                throw .system(.monitor, "listen on `\(path)`", errno: cause)
            }
            return descriptor
        }
        chmod(path, 0o600)
    }

    deinit { closeDescriptor(descriptor) }
}
