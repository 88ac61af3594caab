import Dispatch
import GRDB
import Synchronization

/// Writes the write-ahead log back into the database's file behind the transactions, over a connection of its own: a
/// copy of that file alone is then nearly whole, and no transaction has to do it.
///
/// It does so once nothing was written for a second, and every ten seconds while there is. Passive checkpoints hold up
/// neither readers nor writers (https://sqlite.org/c3ref/wal_checkpoint_v2.html).
final class Checkpoints: Sendable {
    private struct State {
        /// Of the writes that no checkpoint has followed; nil for none.
        var first: DispatchTime?
        var last = DispatchTime.now()
        var isClosed = false
        /// The last one failed, and that was said.
        var isFailing = false
    }

    private static let idle = DispatchTimeInterval.seconds(1)
    private static let longest = DispatchTimeInterval.seconds(10)

    private let connection: DatabaseQueue
    private let queue = DispatchQueue(label: "berth.state.checkpoints", qos: .utility)
    private let state = Mutex(State())
    private let path: String
    private let log: @Sendable (String) -> Void

    init(path: String, log: @escaping @Sendable (String) -> Void) throws {
        self.path = path
        self.log = log
        connection = try DatabaseQueue(path: path, configuration: Database.configuration)
    }

    /// To be called after each transaction; takes no time.
    func wrote() {
        let now = DispatchTime.now()
        let isFirst = state.withLock { state in
            state.last = now
            guard state.first == nil, !state.isClosed else { return false }
            state.first = now
            return true
        }
        if isFirst { look(after: Self.idle) }
    }

    /// Writes the whole log back, and closes the connection: the last one, which removes the log.
    /// - Throws: the database's error.
    func close() throws {
        state.withLock { $0.isClosed = true }
        defer { try? connection.close() }
        _ = try connection.writeWithoutTransaction { try $0.checkpoint(.truncate) }
    }

    private func look(after interval: DispatchTimeInterval) {
        queue.asyncAfter(deadline: .now() + interval) { [weak self] in self?.look() }
    }

    private func look() {
        let now = DispatchTime.now()
        let isDue = state.withLock { state in
            guard let first = state.first, !state.isClosed else { return false }
            guard now < state.last + Self.idle, now < first + Self.longest else {
                state.first = nil
                return true
            }
            return false
        }
        guard isDue else {
            if state.withLock({ $0.first != nil && !$0.isClosed }) { look(after: Self.idle) }
            return
        }
        do {
            _ = try connection.writeWithoutTransaction { try $0.checkpoint(.passive) }
            state.withLock { $0.isFailing = false }
        } catch {
            // The next one does it: nothing is lost.
            let isNew = state.withLock { state in
                defer { state.isFailing = true }
                return !state.isFailing
            }
            guard isNew else { return }
            log("write the log of database `\(path)` back: \(DatabaseFailure.cause(of: error))")
        }
    }
}
