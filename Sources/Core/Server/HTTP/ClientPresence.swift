import Synchronization

/// Whether a client still listens. It has gone when it closed its connection or its sending half of it, as Docker
/// takes it.
final class ClientPresence: Sendable {
    private struct State {
        var isGone = false
        var waiters: [Int: AsyncStream<Never>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Suspends until the client has gone or the task is cancelled.
    func gone() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        let id = state.withLock { state -> Int? in
            guard !state.isGone else { return nil }
            state.next += 1
            state.waiters[state.next] = continuation
            return state.next
        }
        guard let id else { return }
        for await _ in stream {}
        state.withLock { _ = $0.waiters.removeValue(forKey: id) }
    }

    /// Called by the connection's handler.
    func leave() {
        let waiters = state.withLock { state in
            state.isGone = true
            return state.waiters.values
        }
        for waiter in waiters { waiter.finish() }
    }
}
