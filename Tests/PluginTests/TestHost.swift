import PluginLoader
import Synchronization

/// A host whose store is in memory: used by one registry after another, it stands for the daemon's database.
final class TestHost: HostServices {
    struct Failure: Error, CustomStringConvertible {
        var description: String { "database or disk is full" }
    }

    private struct Row {
        var value: [UInt8]
        var owner: String
    }

    private struct State {
        var rows: [[String]: Row] = [:]
        var lines: [String] = []
        var isFull = false
    }

    private let state = Mutex(State())

    /// Everything logged so far, as "name: text".
    var lines: [String] { state.withLock { $0.lines } }

    /// How many rows there are.
    var count: Int { state.withLock { $0.rows.count } }

    /// Makes every write fail.
    func fill(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

    /// Removes what goes with an owner, as the core does when it deletes one.
    func removeOwner(_ owner: String) {
        state.withLock { state in state.rows = state.rows.filter { $0.value.owner != owner } }
    }

    func log(driver: String, level: DriverLogLevel, _ text: String) {
        state.withLock { $0.lines.append("\(driver): \(text)") }
    }

    func putState(
        driver: String, bucket: String, key: String, value: [UInt8], owner: String, onlyIfAbsent: Bool
    ) throws -> Bool {
        try state.withLock { state in
            if state.isFull { throw Failure() }
            let id = [driver, bucket, key]
            if onlyIfAbsent, state.rows[id] != nil { return false }
            state.rows[id] = Row(value: value, owner: owner)
            return true
        }
    }

    func state(driver: String, bucket: String, key: String) throws -> [UInt8]? {
        state.withLock { $0.rows[[driver, bucket, key]]?.value }
    }

    func deleteState(driver: String, bucket: String, key: String) throws -> Bool {
        state.withLock { $0.rows.removeValue(forKey: [driver, bucket, key]) != nil }
    }

    func states(driver: String, bucket: String) throws -> [DriverStateRow] {
        state.withLock { state in
            state.rows.filter { $0.key[0] == driver && $0.key[1] == bucket }
                .map { DriverStateRow(key: $0.key[2], value: $0.value.value, owner: $0.value.owner) }
                .sorted { $0.key < $1.key }
        }
    }
}
