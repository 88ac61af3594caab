import Synchronization

/// The parts of a recovery that call drivers, and so may hang: each runs by itself, and is waited for only so long.
final class RecoverySteps: Sendable {
    private let tasks = Mutex<[Task<Void, Never>]>([])

    /// Begins a step.
    func add(_ step: @escaping @Sendable () async -> Void) {
        let task = Task { await step() }
        tasks.withLock { $0.append(task) }
    }

    /// Begins a step that holds `lock` to its end: what a client wants of the same thing waits for it.
    func add(holding lock: AsyncLock, _ step: @escaping @Sendable () async -> Void) async {
        await lock.acquire()
        add {
            await step()
            lock.release()
        }
    }

    /// Suspends until all steps begun since the last wait are done, or `seconds` have passed: the rest goes on behind.
    /// - Returns: whether all are done.
    func wait(seconds: Double) async -> Bool {
        let begun = tasks.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        let done = Latch<Bool>()
        Task {
            for task in begun { await task.value }
            done.set(true)
        }
        return (try? await done.wait(seconds: seconds)) ?? false
    }
}
