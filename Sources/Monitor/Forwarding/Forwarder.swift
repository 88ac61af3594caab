import CLinux
import Glibc
import LaunchPlan

/// Serves ports of the host at its IPv6 addresses for containers, which have IPv4 alone: connections and datagrams are passed
/// on by this process. It is one for all ports of a daemon, which it outlives: what it serves stays, and ends when a
/// daemon says so.
final class Forwarder {
    /// Seconds that what a container has sent last has to reach its client, once the port is closed.
    private static let grace = 10

    let loop = EventLoop()
    let pipes: PipePool
    let sessions: DatagramSessions
    /// For one datagram, or what the daemon says.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
    private(set) var ports: [ForwardedPort: any PublishedSocket] = [:]
    private var last: [ObjectIdentifier: (connection: Connection, since: Int)] = [:]
    private var daemon: DaemonConnection?
    private var lastWarning = -60

    /// - Parameters:
    ///   - control: the connection to the daemon that started it.
    ///   - listener: where later ones connect.
    init(control: Int32, listener: Int32) {
        pipes = PipePool(loop: loop)
        sessions = DatagramSessions(loop: loop)
        makeNonblocking(listener)
        makeNonblocking(control)
        loop.tick = { [unowned self] in tick() }
        loop.add(listener, EventLoop.input, DaemonListener(owner: self))
        talk(to: control)
    }

    /// Returns when there is no daemon and nothing to serve.
    func run() {
        loop.run {
            loop.isTicking = !sessions.isEmpty || !last.isEmpty
            return daemon != nil || !ports.isEmpty || !last.isEmpty
        }
    }

    /// A daemon has connected: it takes the place of the one before.
    func talk(to descriptor: Int32) {
        daemon?.close()
        daemon = DaemonConnection(descriptor: descriptor, owner: self)
        daemon?.greet()
    }

    func lose(_ connection: DaemonConnection) { if daemon === connection { daemon = nil } }

    /// - Parameter socket: its socket; nil for a port that is served already.
    /// - Returns: false when there is no socket for it.
    func serve(_ entry: ForwardEntry, socket: Int32?) -> Bool {
        guard let socket else {
            guard !entry.hasSocket, let present = ports[entry.port] else { return false }
            present.lead(to: entry.target)
            return true
        }
        ports[entry.port]?.close()
        ports[entry.port] =
            entry.port.isUDP
            ? UDPPort(socket: socket, target: entry.target, owner: self)
            : TCPPort(socket: socket, target: entry.target, owner: self)
        return true
    }

    func unserve(_ port: ForwardedPort) { ports.removeValue(forKey: port)?.close() }

    /// Keeps a connection of a port that is closed until the client has got what is its own.
    func outlive(_ connection: Connection) {
        let id = ObjectIdentifier(connection)
        last[id] = (connection, loop.now)
        connection.onEnd = { [unowned self] in last[id] = nil }
    }

    /// Tells the daemon, if there is one, once in a minute at most.
    func warn(_ text: String) {
        guard let daemon, loop.now >= lastWarning + 60 else { return }
        lastWarning = loop.now
        var frame = FrameBytes(.warning)
        frame.put(text)
        daemon.send(frame.finished())
    }

    private func tick() {
        sessions.expire()
        for (connection, since) in last.values where since + Self.grace < loop.now { connection.end(reset: true) }
    }
}

/// The socket at which daemons find the forwarder.
final class DaemonListener: EventHandler {
    private unowned let owner: Forwarder

    init(owner: Forwarder) { self.owner = owner }

    func ready(_ descriptor: Int32, _ events: UInt32) {
        let accepted = berth_accept(descriptor)
        if accepted >= 0 { owner.talk(to: accepted) }
    }
}
