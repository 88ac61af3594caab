import NIOCore

/// Holds back what must not be sent before the client has read the head of a hijacked answer.
///
/// Clients read the head with a buffer of their own and then take the connection from below it: what came in the same
/// read as the head would be lost to them. So nothing is sent before the head has been taken.
///
/// Belongs to the connection's event loop.
final class HeadGate {
    /// The head has been read, or there is nobody to read it.
    private(set) var isOpen = false
    private var waiting: [() -> Void] = []

    /// Calls `body` when the head, which was sent over the channel before, has been read; at once if that is so. Bodies
    /// are called in their order.
    func whenOpen(for channel: (any Channel)?, _ body: @escaping () -> Void) {
        guard !isOpen else { return body() }
        waiting.append(body)
        if waiting.count == 1 { look(at: channel, again: .microseconds(100)) }
    }

    private func look(at channel: (any Channel)?, again pause: TimeAmount) {
        guard let channel, channel.isActive else { return open() }
        SentBytes.unread(of: channel).assumeIsolated().whenComplete { result in
            // A socket that cannot tell is not waited for.
            guard case .success(let unread) = result, unread > 0, channel.isActive else { return self.open() }
            channel.eventLoop.assumeIsolated().scheduleTask(in: pause) {
                self.look(at: channel, again: min(pause * 2, .milliseconds(50)))
            }
        }
    }

    private func open() {
        isOpen = true
        let waiting = waiting
        self.waiting = []
        for body in waiting { body() }
    }
}
