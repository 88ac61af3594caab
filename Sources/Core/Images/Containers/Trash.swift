import Glibc
import Model
import Synchronization

/// Removes directory trees behind the answer: a rename now, the deletion on a thread of its own.
///
/// All functions may be called from any thread.
public final class Trash: Sendable {
    private let directory: String
    private let worker: Worker

    /// `directory` must be on the file system of what is discarded; it is made (mode 0700) if missing. What is in it
    /// already stays until `empty()`. `log` is told, on any thread, what could not be deleted and why.
    public init(directory: String, log: @escaping @Sendable (String) -> Void = { _ in }) throws {
        self.directory = directory
        try Directory.makeAll(directory, mode: 0o700)
        worker = Worker(log: log)
    }

    /// Moves the tree at `path` away; when this returns, `path` is free again. An absent path is no error.
    /// The deletion never crosses a mount point: what is mounted below stays whole, and is tried again by `empty()`.
    public func discard(_ path: String) throws {
        let target = "\(directory)/\(worker.uniqueName())"
        if rename(path, target) < 0 {
            if errno == ENOENT { return }
            throw SystemCall.failure("discard", path)
        }
        worker.delete(target)
    }

    /// Deletes in the background what an earlier run left. To be called at start.
    public func empty() {
        for name in (try? Directory.names(at: directory)) ?? [] {
            worker.delete("\(directory)/\(name)")
        }
    }

    /// Waits until everything discarded so far is deleted, or could not be.
    public func drain() { worker.drain() }
}

/// The queue of trees to delete. A thread exists only while there is something in it.
private final class Worker: Sendable {
    private struct Queue {
        var paths: [String] = []
        var isRunning = false
        var names = 0
    }

    private let queue = Mutex(Queue())
    /// Distinguishes the names of this run from those of earlier ones.
    private let run = Timestamp.now()
    private let log: @Sendable (String) -> Void

    init(log: @escaping @Sendable (String) -> Void) {
        self.log = log
    }

    func uniqueName() -> String {
        queue.withLock { queue in
            queue.names += 1
            return "\(run)-\(queue.names)"
        }
    }

    func delete(_ path: String) {
        let starts = queue.withLock { queue in
            queue.paths.append(path)
            defer { queue.isRunning = true }
            return !queue.isRunning
        }
        // Without a thread the work is done here: slower, but done.
        if starts, !DetachedThread.start({ self.work() }) { work() }
    }

    func drain() {
        while queue.withLock({ $0.isRunning }) { usleep(2000) }
    }

    private func work() {
        while true {
            let next: String? = queue.withLock { queue in
                if queue.paths.isEmpty {
                    queue.isRunning = false
                    return nil
                }
                return queue.paths.removeFirst()
            }
            guard let next else { return }
            do { try Directory.remove(at: next) } catch { log("\(error)") }
        }
    }
}
