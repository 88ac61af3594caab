import Synchronization

/// A lock for each name: what is done to one volume is done in turn, and one that hangs holds up no other.
final class NamedLocks: Sendable {
    private final class Lock: Sendable {
        let mutex = Mutex(())
    }

    private struct Entry {
        let lock: Lock
        var users = 0
    }

    private let entries = Mutex<[String: Entry]>([:])

    func withLock<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        let lock = entries.withLock { entries in
            var entry = entries[name] ?? Entry(lock: Lock())
            entry.users += 1
            entries[name] = entry
            return entry.lock
        }
        defer {
            entries.withLock { entries in
                entries[name]?.users -= 1
                if entries[name]?.users == 0 { entries[name] = nil }
            }
        }
        return try lock.mutex.withLock { _ in try body() }
    }
}
