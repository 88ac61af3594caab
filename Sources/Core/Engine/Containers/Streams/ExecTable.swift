import Model
import Runtime
import Synchronization

/// All execs: those that run, those to be started, and for some minutes those that are over, to be inspected.
final class ExecTable: Sendable {
    struct Entry {
        var snapshot: ExecSnapshot
        var socket: MonitorSocket?
        var hasStarted = false
        /// The container has ended since: it cannot be started any more.
        var isOver = false
        /// Since when nothing happens: it was made and not started, or it ended. Nil while it runs.
        var idleSince: ContinuousClock.Instant? = .now
    }

    /// How long an exec that does nothing is kept.
    private static let kept = Duration.seconds(300)

    private struct State {
        var entries: [String: Entry] = [:]
        /// When to look for old ones next: the table is not gone through for every exec.
        var nextSweep = ContinuousClock.now + ExecTable.kept
    }

    private let state = Mutex(State())

    /// Adds an exec that is to be started.
    /// - Returns: those that have been idle for long, and are forgotten now.
    func add(_ snapshot: ExecSnapshot) -> [ExecSnapshot] {
        state.withLock { state in
            state.entries[snapshot.id] = Entry(snapshot: snapshot)
            let now = ContinuousClock.now
            guard now >= state.nextSweep else { return [] }
            state.nextSweep = now + .seconds(60)
            let old = state.entries.values.filter { $0.idleSince.map { $0 + Self.kept <= now } ?? false }
            for entry in old { state.entries[entry.snapshot.id] = nil }
            return old.map(\.snapshot)
        }
    }

    /// - Throws: `BerthError.notFound`.
    func find(_ id: String) throws -> Entry {
        guard let entry = state.withLock({ $0.entries[id] }) else {
            throw Self.notFound(id)
        }
        return entry
    }

    static func notFound(_ id: String) -> BerthError { .notFound("No such exec instance: \(id)") }

    /// Marks an exec as started, once.
    func begin(_ id: String) -> Bool {
        state.withLock { state in
            guard state.entries[id]?.hasStarted == false else { return false }
            state.entries[id]?.hasStarted = true
            state.entries[id]?.idleSince = nil
            return true
        }
    }

    /// Its process runs.
    func started(_ id: String, pid: Int, socket: MonitorSocket) {
        state.withLock { state in
            state.entries[id]?.snapshot.isRunning = true
            state.entries[id]?.snapshot.pid = pid
            state.entries[id]?.socket = socket
        }
    }

    /// Its process has ended, or could not be started.
    func ended(_ id: String, exitCode: Int) {
        state.withLock { state in state.entries[id]?.end(exitCode) }
    }

    /// The container ended: its execs are over.
    func processEnded(container: String) {
        state.withLock { state in
            for (id, entry) in state.entries where entry.snapshot.containerID == container {
                state.entries[id]?.isOver = true
                if entry.snapshot.isRunning { state.entries[id]?.end(entry.snapshot.exitCode ?? 137) }
            }
        }
    }

    func removeAll(of container: String) {
        state.withLock { state in
            state.entries = state.entries.filter { $0.value.snapshot.containerID != container }
        }
    }
}

extension ExecTable.Entry {
    fileprivate mutating func end(_ exitCode: Int) {
        snapshot.isRunning = false
        snapshot.pid = 0
        snapshot.exitCode = exitCode
        socket = nil
        idleSince = .now
    }
}
