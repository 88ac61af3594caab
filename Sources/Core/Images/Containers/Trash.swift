import Glibc
import Model
import Support
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
        if try move(path, to: target) { worker.delete(target) }
    }

    /// The same, but the directory itself stays, empty, under the name given, over restarts too, until `release`.
    public func discard(_ path: String, keeping name: String) throws {
        let target = kept(name)
        if try move(path, to: target) { worker.delete(target, keepingTop: true) }
    }

    /// The names of the directories that were kept.
    public func keptNames() -> [String] {
        names().filter { $0.hasSuffix(Self.keptSuffix) }.map { String($0.dropLast(Self.keptSuffix.count)) }
    }

    /// Lets a directory go that was kept; none of that name is no error.
    public func release(_ name: String) throws { try discard(kept(name)) }

    private static let keptSuffix = ".kept"

    private func kept(_ name: String) -> String { "\(directory)/\(name)\(Self.keptSuffix)" }

    /// - Returns: false when there is nothing at `path`.
    private func move(_ path: String, to target: String) throws -> Bool {
        if rename(path, target) == 0 { return true }
        if errno == ENOENT { return false }
        throw SystemCall.failure("discard", path)
    }

    /// Deletes in the background what an earlier run left, of directories that are kept what is in them. To be called at
    /// start.
    public func empty() {
        for name in names() {
            worker.delete("\(directory)/\(name)", keepingTop: name.hasSuffix(Self.keptSuffix))
        }
    }

    private func names() -> [String] { (try? Directory.names(at: directory)) ?? [] }

    /// Waits until everything discarded so far is deleted, or could not be.
    public func drain() { worker.drain() }
}

/// The queue of trees to delete. A thread exists only while there is something in it.
private final class Worker: Sendable {
    private struct Queue {
        var paths: [(path: String, keepsTop: Bool)] = []
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

    func delete(_ path: String, keepingTop: Bool = false) {
        let starts = queue.withLock { queue in
            queue.paths.append((path, keepingTop))
            defer { queue.isRunning = true }
            return !queue.isRunning
        }
        // Without a thread the work is done here: slower, but done.
        if starts, OwnThread.start({ self.work() }) != 0 { work() }
    }

    func drain() {
        while queue.withLock({ $0.isRunning }) { usleep(2000) }
    }

    private func work() {
        while true {
            let next: (path: String, keepsTop: Bool)? = queue.withLock { queue in
                if queue.paths.isEmpty {
                    queue.isRunning = false
                    return nil
                }
                return queue.paths.removeFirst()
            }
            guard let next else { return }
            do {
                if next.keepsTop { try Directory.empty(at: next.path) } else { try Directory.remove(at: next.path) }
            } catch {
                log("\(error)")
            }
        }
    }
}
