/// The frames on a monitor's socket, in both directions: one byte of `Stream`, three zero bytes, the payload's length
/// as 4 bytes big-endian, the payload. It is the header of Docker's multiplexed streams, so that output can be passed
/// to a client as it comes. All integers in payloads are big-endian. `docs/monitor.md` has the whole of it.
///
/// A monitor is served for as long as its process runs, by whatever build of the daemon is there then. So a payload only
/// grows, at its end: who reads it takes at least what it knows and passes over the rest. A daemon sends a frame that
/// came with a later version only to a monitor that has told such a version.
public enum MonitorProtocol {
    /// The version that this build speaks, told in `Stream.hello` and in the reply to `Stream.query`. Who tells none, speaks 1.
    public static let version: UInt16 = 2
    /// Bytes in a frame's header.
    public static let headerSize = 8
    /// The largest payload either side sends, except for `Stream.launch`.
    public static let maxPayload = 32 * 1024
    /// Clients that may wait to be taken: listen(2).
    public static let backlog: Int32 = 128
    /// The largest payload of `Stream.launch`.
    public static let maxPlan = 4 * 1024 * 1024

    /// What a frame carries.
    public enum Stream: UInt8, Sendable {
        /// To the monitor: bytes for the process's stdin.
        case stdin = 0
        /// From the monitor: what the process wrote. A terminal's output is all stdout.
        case stdout = 1
        case stderr = 2

        /// From the monitor: the process runs. Pid u32, start time u64.
        case started = 16
        /// From the monitor: it could not be started. Exit code u32, errno u32, text.
        case failed = 17
        /// From the monitor: it has ended, nothing comes after. Exit code u32, out of memory u8, nanoseconds since
        /// 1970 u64.
        case exited = 18
        /// From the monitor, to a request: id u32, errno u32 (0: done), result.
        case reply = 19
        /// From the monitor: something asked for was done in part. Text.
        case warning = 20

        /// To the monitor, first on every connection: `Want` u8, the daemon's version u16.
        case hello = 32
        /// To the monitor: this client's input has ended. Closes the process's stdin when the plan says stdinOnce and
        /// there is no terminal; ends the connection otherwise.
        case endInput = 33
        /// To the monitor: id u32, rows u16, columns u16.
        case resize = 34
        /// To the monitor: id u32, signal number u32.
        case signal = 35
        /// To the monitor: id u32. The reply's result is pid u32, start time u64, the present time u64 (nanoseconds
        /// since 1970), the monitor's version u16.
        case query = 36
        /// To a new monitor, over the socket it was made with: a launch plan. Its listening socket comes along
        /// (SCM_RIGHTS).
        case launch = 64

        // A monitor that becomes the forwarder, and the daemon: `docs/monitor.md`.

        /// To a new monitor, in place of a launch plan: be the forwarder. Its listening socket comes along.
        case forward = 65
        /// To the forwarder: entries whose ports are served from now on, or lead elsewhere.
        case serve = 66
        /// To the forwarder: a number u32, and entries whose ports are closed. The answer is `done` with that number.
        case unserve = 67
        /// From the forwarder, first on every connection: version u32, pid u32.
        case forwarder = 80
        /// From the forwarder, after that: entries that it serves.
        case served = 81
        /// From the forwarder: those were all.
        case servedAll = 82
        /// From the forwarder: the number u32 of what is done.
        case done = 83
        /// From the forwarder: an entry whose socket did not arrive, for want of descriptors.
        case lost = 84
    }

    /// Of the frames between the daemon and the forwarder. One of another version is ended and made anew.
    public static let forwarderVersion: UInt32 = 1

    /// What a client wants from its connection, in `Stream.hello`.
    public struct Want: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Its `stdin` frames go to the process.
        public static let stdin = Want(rawValue: 1)
        public static let stdout = Want(rawValue: 2)
        public static let stderr = Want(rawValue: 4)
        /// `started`, `failed` and `warning`; `started` comes at once when the process runs already.
        public static let events = Want(rawValue: 8)
    }

    /// A frame's header.
    public static func header(_ stream: Stream, length: Int) -> [UInt8] {
        [
            stream.rawValue, 0, 0, 0, UInt8(truncatingIfNeeded: length >> 24), UInt8(truncatingIfNeeded: length >> 16),
            UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length),
        ]
    }
}
