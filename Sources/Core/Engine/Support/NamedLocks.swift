import Synchronization

/// A lock for each name: what is done to one thing is done in turn, and one that hangs holds up no other.
final class NamedLocks: Sendable {
    private struct Entry {
        let lock = AsyncLock()
        var users = 0
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// Runs `body` while holding the name's lock, first come first served. Not reentrant.
    func withLock<T: Sendable>(_ name: String, _ body: @Sendable () async throws -> T) async rethrows -> T {
        let lock = entries.withLock { entries in
            entries[name, default: Entry()].users += 1
            return entries[name, default: Entry()].lock
        }
        defer {
            entries.withLock { entries in
                entries[name]?.users -= 1
                if entries[name]?.users == 0 { entries[name] = nil }
            }
        }
        return try await lock.withLock(body)
    }
}
