import CLinux
import Glibc
import LaunchPlan

/// The daemon's connection to the forwarder.
final class ForwarderLink: Sendable {
    /// Milliseconds for what a forwarder does at once.
    static let patience: Int32 = 5000

    let descriptor: Int32
    /// Readable when the one who reads is to look at the state again.
    let wake: Int32
    /// What it serves when the connection is made.
    let served: [ForwardEntry]
    private let pid: Int32
    private let process: ProcessHandle?

    /// Has a monitor become the forwarder, with its socket at `path`. Throws `LaunchError` (`.monitor`).
    static func start(_ pool: MonitorPool, path: String) throws(LaunchError) -> ForwarderLink {
        let listener = try MonitorListener(path: path)
        let channel = try pool.take()
        let order = MonitorProtocol.header(.forward, length: 0)
        guard berth_send_with_descriptor(channel.descriptor, order, order.count, listener.descriptor) == 0 else {
            throw .system(.monitor, "hand the monitor its order to be the forwarder")
        }
        // What it says of itself is known.
        return try ForwarderLink(
            fcntl(channel.descriptor, F_DUPFD_CLOEXEC, 0), pid: channel.monitorPID ?? 0, serving: [])
    }

    /// Connects to the forwarder of an earlier daemon. Throws `LaunchError`: `.notRunning` when there is none.
    static func find(path: String) throws(LaunchError) -> ForwarderLink {
        let descriptor = berth_unix_connect(path, patience)
        guard descriptor >= 0 else { throw .system(.notRunning, "connect to the forwarder at `\(path)`") }
        do throws(LaunchError) {
            let (pid, served) = try greeting(descriptor)
            return try ForwarderLink(descriptor, pid: pid, serving: served)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private static func greeting(_ descriptor: Int32) throws(LaunchError) -> (Int32, [ForwardEntry]) {
        var (pid, served): (Int32, [ForwardEntry]) = (0, [])
        let limit = deadline(after: Double(patience) / 1000)
        while let frame = try readFrame(descriptor, deadline: limit) {
            switch frame.stream {
            case .forwarder where frame.payload.count >= 8:
                pid = Int32(bitPattern: readBigEndian(frame.payload, at: 4))
                let version: UInt32 = readBigEndian(frame.payload, at: 0)
                if version == MonitorProtocol.forwarderVersion { continue }
                if let process = ProcessHandle(now: pid) { kill(process) }
                throw LaunchError(.notRunning, "the forwarder of published ports is another build's: ended")
            case .served: served += ForwardEntry.all(in: frame.payload[...]) ?? []
            case .servedAll where pid > 0: return (pid, served)
            default: break
            }
        }
        throw LaunchError(.monitor, "the forwarder of published ports does not say what it serves")
    }

    /// - Parameter descriptor: its own from now on, unless this throws.
    private init(_ descriptor: Int32, pid: Int32, serving served: [ForwardEntry]) throws(LaunchError) {
        self.descriptor = descriptor
        self.pid = pid
        self.served = served
        process = ProcessHandle(now: pid)
        wake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard descriptor >= 0, wake >= 0 else {
            if wake >= 0 { close(wake) }
            throw .system(.monitor, "keep the connection to the forwarder")
        }
        var limit = timeval(tv_sec: Int(Self.patience / 1000), tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        close(wake)
    }

    /// Sends a frame and closes the sockets that go along. False when the forwarder is gone, or takes nothing.
    func send(_ message: ForwarderMessage) -> Bool {
        defer { for socket in message.sockets { close(socket) } }
        return berth_send_descriptors(
            descriptor, message.frame, message.frame.count, message.sockets, message.sockets.count) == 0
    }

    /// Has the one who reads look at the state again.
    func wakeReader() {
        var one: UInt64 = 1
        write(wake, &one, 8)
    }

    /// What comes next; nil at the connection's end.
    func next() -> Frame? {
        (try? readFrame(descriptor, deadline: deadline(after: Double(Self.patience) / 1000))) ?? nil
    }

    /// Ends the connection for both.
    func hangUp() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Ends the process and waits for that: its ports are free then.
    func kill() {
        guard let process else { return }
        Self.kill(process)
    }

    private static func kill(_ process: ProcessHandle) {
        guard (try? process.signal(SIGKILL)) == true else { return }
        _ = process.wait(seconds: Double(patience) / 1000)
    }

    /// Waits for the process if it is a child.
    func reapProcess() { reap(pid, blocking: true) }

    /// "process 123"
    var name: String { "process \(pid)" }
}

/// A frame to the forwarder, and the sockets that go along with it.
struct ForwarderMessage: Sendable {
    var frame: [UInt8]
    var sockets: [Int32] = []

    /// Entries that are to be served, in as many frames as they need.
    static func serve(_ entries: [(entry: ForwardEntry, socket: Int32?)]) -> [ForwarderMessage] {
        stride(from: 0, to: entries.count, by: ForwardEntry.mostTogether).map { start in
            let part = entries[start..<min(start + ForwardEntry.mostTogether, entries.count)]
            var payload: [UInt8] = []
            for each in part { each.entry.append(to: &payload) }
            return ForwarderMessage(
                frame: MonitorProtocol.header(.serve, length: payload.count) + payload,
                sockets: part.compactMap(\.socket))
        }
    }

    /// Ports that are to be closed: the last frame's answer comes with `number`, the others' with 0.
    static func unserve(_ ports: [ForwardedPort], number: UInt32) -> [ForwarderMessage] {
        stride(from: 0, to: ports.count, by: ForwardEntry.mostTogether).map { start in
            let end = min(start + ForwardEntry.mostTogether, ports.count)
            var payload = bigEndian(end == ports.count ? number : 0)
            for port in ports[start..<end] { ForwardEntry(port: port).append(to: &payload) }
            return ForwarderMessage(frame: MonitorProtocol.header(.unserve, length: payload.count) + payload)
        }
    }
}
