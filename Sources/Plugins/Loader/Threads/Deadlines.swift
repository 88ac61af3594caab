import Synchronization

/// Calls and when they end at the latest. One thread watches all of them; it sleeps until the earliest deadline it
/// knows, and is woken only for an earlier one, so that a call that ends in time costs no wake-up.
final class Deadlines: Sendable {
    static let shared = Deadlines()

    private struct Entry {
        /// Nanoseconds of the monotonic clock.
        var time: UInt64
        var call: Call
        /// Called on the watching thread, if the call is not complete by then; must not block.
        var expire: @Sendable () -> Void
    }

    private struct State {
        var entries: [Entry] = []
        var wakes = UInt64.max
        var isWatching = false
        /// Complete calls are dropped when there are more entries than this.
        var limit = 64
    }

    private let state = Mutex(State())
    private let signal = Signal()

    func add(_ call: Call, at time: UInt64, expire: @escaping @Sendable () -> Void) {
        let (start, wake) = state.withLock { state in
            state.entries.append(Entry(time: time, call: call, expire: expire))
            if state.entries.count > state.limit {
                state.entries.removeAll { $0.call.isComplete }
                state.limit = max(64, 2 * state.entries.count)
            }
            let start = !state.isWatching
            state.isWatching = true
            let wake = time < state.wakes
            if wake { state.wakes = time }
            return (start, wake)
        }
        if start, !WorkerThreads.shared.run({ [self] in watch() }) {
            state.withLock { $0.isWatching = false }
        } else if wake {
            signal.post()
        }
    }

    private func watch() {
        while true {
            let now = Monotonic.now
            let (due, next) = state.withLock { state -> ([Entry], UInt64) in
                var due: [Entry] = []
                var next = UInt64.max
                state.entries.removeAll { entry in
                    if entry.call.isComplete { return true }
                    if entry.time <= now {
                        due.append(entry)
                        return true
                    }
                    next = min(next, entry.time)
                    return false
                }
                state.wakes = next
                return (due, next)
            }
            for entry in due { entry.expire() }
            if next == .max { signal.wait() } else { _ = signal.wait(until: next) }
        }
    }
}
