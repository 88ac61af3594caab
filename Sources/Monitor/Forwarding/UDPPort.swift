import CLinux
import Glibc
import LaunchPlan

/// A UDP port: a socket, and one to the container for each client and address that it sent to.
final class UDPPort: PublishedSocket, EventHandler {
    /// Datagrams that are passed on before others have their turn.
    private static let turn = 64

    let socket: Int32
    private unowned let owner: Forwarder
    private(set) var target: ForwardTarget
    private var sessions: [DatagramKey: DatagramSession] = [:]

    init(socket: Int32, target: ForwardTarget, owner: Forwarder) {
        self.socket = socket
        self.target = target
        self.owner = owner
        owner.loop.add(socket, target == .none ? 0 : EventLoop.input, self)
    }

    func ready(_ descriptor: Int32, _ events: UInt32) {
        for _ in 0..<Self.turn {
            guard target != .none else { return }
            var datagram = berth_datagram()
            let count = berth_receive_datagram(socket, owner.buffer.baseAddress, owner.buffer.count, &datagram)
            guard count >= 0 else {
                if errno == EAGAIN { return }
                continue
            }
            guard let session = session(datagram) else { continue }
            session.lastUse = owner.loop.now
            // One that does not go is lost, as datagrams are; an error is that of one before.
            if send(session.descriptor, owner.buffer.baseAddress, count, Int32(MSG_NOSIGNAL)) < 0, errno == ECONNREFUSED
            {
                send(session.descriptor, owner.buffer.baseAddress, count, Int32(MSG_NOSIGNAL))
            }
        }
    }

    func lead(to target: ForwardTarget) {
        guard target != self.target else { return }
        self.target = target
        endSessions()
        owner.loop.change(socket, target == .none ? 0 : EventLoop.input)
    }

    func close() {
        owner.loop.forget(socket)
        Glibc.close(socket)
        endSessions()
    }

    private func session(_ datagram: berth_datagram) -> DatagramSession? {
        let key = DatagramKey(datagram)
        if let session = sessions[key] { return session }
        guard owner.sessions.makeRoom() else { return nil }
        let descriptor = berth_connect_ipv4(1, target.address, target.port)
        guard descriptor >= 0 else { return nil }
        let session = DatagramSession(descriptor: descriptor, client: datagram, port: self, owner: owner)
        session.onEnd = { [unowned self] in sessions[key] = nil }
        sessions[key] = session
        owner.sessions.add(session)
        return session
    }

    private func endSessions() {
        for session in sessions.values { session.end() }
        sessions = [:]
    }
}

/// Who sent a datagram, and the address that it came to.
struct DatagramKey: Hashable {
    private let address: IPv6Bytes
    private let local: IPv6Bytes
    private let port: UInt16
    private let scope: UInt32
    private let interface: UInt32

    init(_ datagram: berth_datagram) {
        address = withUnsafeBytes(of: datagram.address) { IPv6Bytes($0) }
        local = withUnsafeBytes(of: datagram.local) { IPv6Bytes($0) }
        port = datagram.port
        scope = datagram.scope
        interface = datagram.interface
    }
}
