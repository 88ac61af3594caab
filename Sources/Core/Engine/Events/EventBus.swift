import Model
import Synchronization

/// Keeps the last events and hands new ones to whoever listens.
///
/// What an event says of a thing is in `Publishing.swift` alone.
public final class EventBus: Sendable {
    /// Docker keeps 256 events in memory for `since`.
    package static let kept = 256
    /// A listener that falls this far behind is told so, and gets no more: an event that is left out without a word is
    /// one that somebody waits for.
    package static let buffered = 4096

    private typealias Listening = AsyncThrowingStream<Event, any Error>

    private struct Listener {
        var continuation: Listening.Continuation
        var until: Int64
        var accepts: @Sendable (Event) -> Bool
    }

    private struct State {
        var recent: [Event] = []
        var listeners: [UInt64: Listener] = [:]
        var nextListener: UInt64 = 0
    }

    private let state = Mutex(State())
    /// Held while events are handed on, so that all listeners get them in one order. What ends a stream must not take it:
    /// handing on waits for the listening task's own lock, and a task that is cancelled holds that while it ends its stream.
    private let delivery = Mutex(())

    package init() {}

    func publish(_ event: Event) {
        let behind = delivery.withLock { _ in
            let listeners = state.withLock { state in
                state.recent.append(event)
                if state.recent.count > Self.kept { state.recent.removeFirst(state.recent.count - Self.kept) }
                return state.listeners
            }
            return listeners.filter { _, listener in
                guard event.time <= listener.until, listener.accepts(event) else { return false }
                guard case .dropped = listener.continuation.yield(event) else { return false }
                return true
            }
        }
        for listener in behind.values {
            listener.continuation.finish(
                throwing: BerthError.system("the reader of events is \(Self.buffered) events behind"))
        }
    }

    package var listenerCount: Int { state.withLock { $0.listeners.count } }

    /// Past events since `since` (all that are kept when only `until` is given, none without either), then new ones
    /// until `until`; both in nanoseconds since 1970. A reader that is too slow gets an error after what it has not read.
    package func subscribe(
        since: Int64?, until: Int64?, accepts: @escaping @Sendable (Event) -> Bool
    ) -> AsyncThrowingStream<Event, any Error> {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: Event.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(Self.buffered))
        let listener = Listener(continuation: continuation, until: until ?? .max, accepts: accepts)
        let key: UInt64 = delivery.withLock { _ in
            let (key, recent) = state.withLock { state in
                state.nextListener += 1
                state.listeners[state.nextListener] = listener
                return (state.nextListener, state.recent)
            }
            if since != nil || until != nil {
                for event in recent
                where event.time >= since ?? .min && event.time <= listener.until && accepts(event) {
                    continuation.yield(event)
                }
            }
            return key
        }
        let timer = until.map { until in
            Task {
                await Clock.sleep(seconds: (Double(until) - Double(Clock.now())) / 1e9)
                continuation.finish()
            }
        }
        continuation.onTermination = { [weak self] _ in
            timer?.cancel()
            _ = self?.state.withLock { $0.listeners.removeValue(forKey: key) }
        }
        return stream
    }

    /// Ends all listeners, at shutdown.
    package func finish() {
        let listeners = state.withLock { state in
            defer { state.listeners = [:] }
            return Array(state.listeners.values)
        }
        for listener in listeners { listener.continuation.finish() }
    }
}
