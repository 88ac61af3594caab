import Model
import Synchronization

/// Keeps the last events and hands new ones to whoever listens.
final class EventBus: Sendable {
    /// Docker keeps 256 events in memory for `since`.
    static let kept = 256
    /// A listener that falls this far behind loses the oldest.
    static let buffered = 4096

    private struct State {
        var recent: [Event] = []
        var listeners: [UInt64: AsyncStream<Event>.Continuation] = [:]
        var nextListener: UInt64 = 0
    }

    private let state = Mutex(State())

    func publish(_ kind: Event.Kind, _ action: String, _ actorID: String, _ attributes: [String: String] = [:]) {
        let event = Event(kind: kind, action: action, actorID: actorID, attributes: attributes, time: Clock.now())
        state.withLock { state in
            state.recent.append(event)
            if state.recent.count > Self.kept { state.recent.removeFirst(state.recent.count - Self.kept) }
            for listener in state.listeners.values { listener.yield(event) }
        }
    }

    var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// Past events since `since` (all that are kept when only `until` is given, none without either), then new ones
    /// until `until`; both in nanoseconds since 1970.
    func subscribe(since: Int64?, until: Int64?, accepts: @escaping @Sendable (Event) -> Bool) -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.buffered))
        let (filtered, output) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.buffered))
        let key: UInt64 = state.withLock { state in
            if since != nil || until != nil {
                for event in state.recent where event.time >= since ?? .min { continuation.yield(event) }
            }
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        let pump = Task {
            for await event in stream {
                if let until, event.time > until { break }
                if accepts(event) { output.yield(event) }
            }
            output.finish()
        }
        let timer = until.map { until in
            Task {
                await Clock.sleep(seconds: (Double(until) - Double(Clock.now())) / 1e9)
                continuation.finish()
            }
        }
        output.onTermination = { [weak self] _ in
            pump.cancel()
            timer?.cancel()
            continuation.finish()
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: key) }
        }
        return filtered
    }

    /// Ends all listeners, at shutdown.
    func finish() {
        let listeners = state.withLock { state in
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.finish() }
    }
}
