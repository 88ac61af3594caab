import Dispatch
import Foundation
import Synchronization

/// Keeps files beside the data that say what the database says of it, so that a lost database can be made anew.
///
/// They follow the database by half a second, on a thread of their own: what changes often is written once, and what
/// lives for a moment never. What is removed from the database is removed here first: a file that outlives its row
/// stands for something that the database has lost.
final class Keeper: Sendable {
    private struct State {
        var changed: Set<KeptKey> = []
        /// Being removed from the database: not to be written again.
        var going: Set<KeptKey> = []
        /// Could not be written; tried again after a while.
        var failed: Set<KeptKey> = []
        var isScheduled = false
        var isFinished = false

        /// Whether it is for the caller to see that what has changed is written.
        mutating func schedules() -> Bool {
            guard !isScheduled, !isFinished else { return false }
            isScheduled = true
            return true
        }
    }

    private static let delay = DispatchTimeInterval.milliseconds(500)
    private static let retryDelay = DispatchTimeInterval.seconds(20)

    private let files: KeptFiles
    private let content: @Sendable (KeptKey) throws -> Data?
    private let log: @Sendable (String) -> Void
    private let onForgotten: @Sendable (KeptKey) -> Void
    private let queue = DispatchQueue(label: "berth.state.kept", qos: .utility)
    private let state = Mutex(State())
    /// Held while one file is written or removed.
    private let writing = Mutex(())

    /// - Parameters:
    ///   - onForgotten: called when a file is gone and its row is not yet.
    ///   - content: what a key's file says now, read from the database; nil for no file.
    init(
        files: KeptFiles, log: @escaping @Sendable (String) -> Void, onForgotten: @escaping @Sendable (KeptKey) -> Void,
        content: @escaping @Sendable (KeptKey) throws -> Data?
    ) {
        self.files = files
        self.log = log
        self.onForgotten = onForgotten
        self.content = content
    }

    /// To be called after each transaction that changes one of these; takes no time.
    func changed(_ keys: [KeptKey]) {
        guard !keys.isEmpty else { return }
        let isFirst = state.withLock { state in
            state.changed.formUnion(keys)
            state.going.subtract(keys)
            return state.schedules()
        }
        if isFirst { writeChanged(after: Self.delay) }
    }

    /// Removes a file; to be called in the transaction that removes the row, before it ends. `changed` follows.
    /// - Throws: `BerthError` naming the file.
    func forget(_ key: KeptKey) throws {
        state.withLock { state in
            state.going.insert(key)
            state.changed.remove(key)
        }
        try writing.withLock { _ in try files.remove(key) }
        onForgotten(key)
    }

    /// Writes a file at once.
    /// - Throws: `BerthError` naming the file.
    func write(_ content: Data, _ key: KeptKey) throws {
        try writing.withLock { _ in try files.write(content, key) }
    }

    /// Writes all that is still to be written. To be called once, at the end.
    /// - Returns: whether the files say now all that the database says.
    func finish() -> Bool {
        state.withLock { $0.isFinished = true }
        queue.sync { writeChanged() }
        return state.withLock { $0.failed.isEmpty }
    }

    private func writeChanged(after interval: DispatchTimeInterval) {
        queue.asyncAfter(deadline: .now() + interval) { [weak self] in self?.writeChanged() }
    }

    private func writeChanged() {
        let keys = state.withLock { state in
            state.isScheduled = false
            defer { state.changed = [] }
            return state.changed.union(state.failed)
        }
        for key in keys {
            let cause = write(key)
            let isNew = state.withLock { state in
                if cause == nil {
                    state.failed.remove(key)
                    return false
                }
                return state.failed.insert(key).inserted
            }
            if let cause, isNew { log("keep a copy of what the database has: \(cause); trying again") }
        }
        let retries = state.withLock { $0.failed.isEmpty ? false : $0.schedules() }
        if retries { writeChanged(after: Self.retryDelay) }
    }

    /// - Returns: why it could not be written; nil when it was.
    private func write(_ key: KeptKey) -> (any Error)? {
        do {
            try writing.withLock { _ in
                if state.withLock({ $0.going.contains(key) }) { return }
                guard let content = try content(key) else { return try files.remove(key) }
                // What began to go meanwhile waits for this lock, and is removed then.
                try files.write(content, key)
            }
            return nil
        } catch {
            return error
        }
    }
}
