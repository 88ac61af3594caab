import CLinux
import Glibc

/// A client's connection and the one to the container that goes with it. How one ends, in one direction, in both or with a
/// reset, the other does.
final class Connection: EventHandler {
    private let client: Int32
    private let container: Int32
    private unowned let owner: Forwarder
    private var up: Flow
    private var down: Flow
    private var isConnected = false
    private var clientFailed = false
    /// The port is closed: what the container had sent goes to the client, nothing else.
    private var isFinishing = false
    private var isQueued = false
    private(set) var isOpen = true
    /// Called when it is over.
    var onEnd: (() -> Void)?

    /// - Parameters: descriptors that are its own from now on; that of the container may be about to be connected.
    init(client: Int32, container: Int32, owner: Forwarder) {
        self.client = client
        self.container = container
        self.owner = owner
        up = Flow(from: client, to: container)
        down = Flow(from: container, to: client)
        owner.loop.addEdges(client, self)
        owner.loop.addEdges(container, self)
    }

    func ready(_ descriptor: Int32, _ events: UInt32) {
        guard isOpen else { return }
        if events & EventLoop.failure != 0, descriptor == client { clientFailed = true }
        if !isConnected {
            // Nobody is left to connect for, or nobody there to connect to.
            if clientFailed { return end(reset: true) }
            guard descriptor == container, events & (EventLoop.output | EventLoop.failure) != 0 else { return }
            guard berth_socket_error(container) == 0, events & EventLoop.failure == 0 else { return end(reset: true) }
            isConnected = true
        }
        advance()
    }

    /// The port is closed.
    func finish() {
        guard isOpen else { return }
        isFinishing = true
        if isConnected { advance() } else { end(reset: true) }
    }

    /// Ends it at once.
    func end(reset: Bool) {
        guard isOpen else { return }
        isOpen = false
        up.close(owner.pipes)
        down.close(owner.pipes)
        for descriptor in [client, container] {
            owner.loop.forget(descriptor)
            if reset { berth_reset(descriptor) } else { close(descriptor) }
        }
        onEnd?()
        onEnd = nil
    }

    private func advance() {
        guard isOpen else { return }
        if !isFinishing { up.advance(owner.pipes) }
        down.advance(owner.pipes)
        if let reset = outcome { return end(reset: reset) }
        guard up.state == .busy && !isFinishing || down.state == .busy, !isQueued else { return }
        isQueued = true
        owner.loop.continueLater { [self] in
            isQueued = false
            advance()
        }
    }

    /// Whether it is over, and then whether with a reset.
    private var outcome: Bool? {
        switch (up.state, down.state) {
        case (.ended, .ended): return false
        case (.senderFailed, _), (_, .senderFailed), (.outOfPipes, _), (_, .outOfPipes): return true
        default: break
        }
        if isFinishing {
            switch down.state {
            case .busy, .waitsForOutput: return nil
            case .ended: return false
            default: return true
            }
        }
        // What the one that takes nothing any more had sent before still goes.
        if case .receiverFailed = up.state, down.state != .busy, down.state != .waitsForOutput { return true }
        if case .receiverFailed = down.state, up.state != .busy, up.state != .waitsForOutput { return true }
        // A client that has given up waits for nothing, and whoever does not read cannot be told.
        if clientFailed, up.state != .busy { return true }
        return nil
    }
}
