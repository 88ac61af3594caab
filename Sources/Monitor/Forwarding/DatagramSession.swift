import CLinux
import Glibc

/// A client of a UDP port: a socket to the container, whose answers go back to the client.
final class DatagramSession: EventHandler {
    private static let turn = 64

    let descriptor: Int32
    private let client: berth_datagram
    private unowned let port: UDPPort
    private unowned let owner: Forwarder
    /// When a datagram went either way, seconds of the loop's clock.
    var lastUse: Int
    private(set) var isOpen = true
    var onEnd: (() -> Void)?

    init(descriptor: Int32, client: berth_datagram, port: UDPPort, owner: Forwarder) {
        self.descriptor = descriptor
        self.client = client
        self.port = port
        self.owner = owner
        lastUse = owner.loop.now
        owner.loop.add(descriptor, EventLoop.input, self)
    }

    func ready(_ descriptor: Int32, _ events: UInt32) {
        for _ in 0..<Self.turn {
            guard isOpen else { return }
            let count = recv(descriptor, owner.buffer.baseAddress, owner.buffer.count, 0)
            guard count >= 0 else {
                // ECONNREFUSED: nobody listens in the container, now.
                if errno == EAGAIN { return }
                continue
            }
            lastUse = owner.loop.now
            var to = client
            berth_send_datagram(port.socket, owner.buffer.baseAddress, count, &to)
        }
    }

    func end() {
        guard isOpen else { return }
        isOpen = false
        owner.loop.forget(descriptor)
        close(descriptor)
        onEnd?()
        onEnd = nil
    }
}

/// All sessions. One that was not used for 90 seconds, as with Docker, ends.
final class DatagramSessions {
    private static let idle = 90

    private let loop: EventLoop
    /// Some may have ended already.
    private var all: [DatagramSession] = []
    /// When room was made last, seconds of the loop's clock.
    private var lastRoom = -1

    init(loop: EventLoop) { self.loop = loop }

    var isEmpty: Bool { all.isEmpty }

    func add(_ session: DatagramSession) { all.append(session) }

    /// Ends those that nobody uses any more.
    func expire() {
        for session in all where session.lastUse + Self.idle < loop.now { session.end() }
        all.removeAll { !$0.isOpen }
    }

    /// Makes sure that there is a descriptor for one more. When there are too many, those that were not used for longest
    /// go, once in a second at most: somebody may make up clients faster than that.
    func makeRoom() -> Bool {
        // Connections want some, too.
        if loop.hasRoom(for: 16), all.count < loop.limit / 2 { return true }
        guard lastRoom != loop.now else { return false }
        lastRoom = loop.now
        all.removeAll { !$0.isOpen }
        all.sort { $0.lastUse < $1.lastUse }
        for session in all.prefix(all.count / 8 + 1) { session.end() }
        all.removeAll { !$0.isOpen }
        return loop.hasRoom(for: 16)
    }
}
