import Dispatch
import Foundation

/// A thread for something that waits for long.
enum OwnThread {
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.name = name
        thread.stackSize = 256 * 1024
        thread.start()
    }
}

/// A counting semaphore between a thread that produces and a task that consumes.
final class DispatchSemaphoreBox: Sendable {
    private let semaphore: DispatchSemaphore

    init(value: Int) { semaphore = DispatchSemaphore(value: value) }

    /// Blocks; never from a task.
    func wait() { semaphore.wait() }

    func signal() { semaphore.signal() }
}
