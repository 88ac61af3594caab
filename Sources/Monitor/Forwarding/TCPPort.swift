import CLinux
import Glibc
import LaunchPlan

/// A published port that is served.
protocol PublishedSocket: AnyObject {
    var target: ForwardTarget { get }
    /// Leads elsewhere from now on, and nowhere for `.none`. What there is of connections ends.
    func lead(to target: ForwardTarget)
    func close()
}

/// A TCP port: a listening socket, and its connections.
final class TCPPort: PublishedSocket, EventHandler, DescriptorWaiter {
    /// Connections that are taken before others have their turn.
    private static let turn = 64

    private let socket: Int32
    private unowned let owner: Forwarder
    private(set) var target: ForwardTarget
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var isOpen = true

    init(socket: Int32, target: ForwardTarget, owner: Forwarder) {
        self.socket = socket
        self.target = target
        self.owner = owner
        owner.loop.add(socket, target == .none ? 0 : EventLoop.input, self)
    }

    func ready(_ descriptor: Int32, _ events: UInt32) {
        for _ in 0..<Self.turn {
            guard isOpen, target != .none else { return }
            // Two sockets, and two pipes while bytes wait.
            guard owner.loop.hasRoom(for: 6) else {
                return pause("connections wait: \(owner.loop.count) descriptors are in use")
            }
            let client = berth_accept_stream(socket)
            guard client >= 0 else {
                switch errno {
                case EAGAIN: return
                case EMFILE, ENFILE, ENOBUFS, ENOMEM: return pause("accept a connection: \(causeText(errno))")
                default: continue
                }
            }
            let container = berth_connect_ipv4(0, target.address, target.port)
            guard container >= 0 else {
                berth_reset(client)
                continue
            }
            let connection = Connection(client: client, container: container, owner: owner)
            let id = ObjectIdentifier(connection)
            connections[id] = connection
            connection.onEnd = { [unowned self] in connections[id] = nil }
        }
    }

    func retry() {
        if isOpen, target != .none { owner.loop.change(socket, EventLoop.input) }
    }

    func lead(to target: ForwardTarget) {
        guard target != self.target else { return }
        self.target = target
        for connection in connections.values { connection.end(reset: true) }
        owner.loop.change(socket, target == .none ? 0 : EventLoop.input)
    }

    func close() {
        isOpen = false
        owner.loop.forget(socket)
        Glibc.close(socket)
        let last = connections.values
        connections = [:]
        for connection in last {
            connection.onEnd = nil
            connection.finish()
            if connection.isOpen { owner.outlive(connection) }
        }
    }

    private func pause(_ cause: String) {
        owner.loop.change(socket, 0)
        owner.loop.wait(self)
        owner.warn(cause)
    }
}
