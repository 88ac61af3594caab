import Synchronization

/// A value that is set once, and that any number of tasks wait for.
final class Latch<Value: Sendable>: Sendable {
    private enum State {
        case waiting([UInt64: CheckedContinuation<Value?, Never>], next: UInt64)
        case set(Value)
    }

    private let state = Mutex(State.waiting([:], next: 0))

    var value: Value? {
        state.withLock { state in
            if case .set(let value) = state { return value }
            return nil
        }
    }

    /// Sets the value and wakes everybody; a second value is ignored.
    func set(_ value: Value) {
        let waiting: [CheckedContinuation<Value?, Never>] = state.withLock { state in
            guard case .waiting(let waiting, _) = state else { return [] }
            state = .set(value)
            return Array(waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    /// Suspends until the value is set; nil when the task is cancelled first.
    func wait() async -> Value? {
        let key: UInt64 = state.withLock { state in
            guard case .waiting(let waiting, let next) = state else { return 0 }
            state = .waiting(waiting, next: next + 1)
            return next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: Value?? = state.withLock { state in
                    switch state {
                    case .set(let value): return .some(value)
                    case .waiting(var waiting, let next):
                        if Task.isCancelled { return .some(nil) }
                        waiting[key] = continuation
                        state = .waiting(waiting, next: next)
                        return .none
                    }
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let cancelled: CheckedContinuation<Value?, Never>? = state.withLock { state in
                guard case .waiting(var waiting, let next) = state else { return nil }
                let continuation = waiting.removeValue(forKey: key)
                state = .waiting(waiting, next: next)
                return continuation
            }
            cancelled?.resume(returning: nil)
        }
    }

    /// The value; nil when it is not set within `seconds`.
    /// - Throws: `CancellationError` when the task is cancelled first.
    func wait(seconds: Double) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { await self.wait() }
            group.addTask {
                await Clock.sleep(seconds: seconds)
                return nil
            }
            defer { group.cancelAll() }
            let first = try await group.next() ?? nil
            if first == nil { try Task.checkCancellation() }
            return first
        }
    }
}
