import State
import Synchronization

/// Rows of the database that cannot be read, of this run. What they stand for is not known and not touched: it is not
/// listed, and neither its files nor what it has in the kernel are removed.
package final class UnreadableRecords: Sendable {
    private let rows = Mutex<[String: [UnreadableRow]]>([:])

    package init() {}

    func add(_ more: [UnreadableRow]) {
        rows.withLock { rows in
            for row in more { rows[row.table, default: []].append(row) }
        }
    }

    private func ids(of table: String) -> Set<String> { rows.withLock { Set(($0[table] ?? []).map(\.id)) } }

    var containers: Set<String> { ids(of: "containers") }
    var networks: Set<String> { ids(of: "networks") }
    var endpoints: Set<String> { ids(of: "endpoints") }

    /// Those that are listed as images, and those that containers were made from.
    var images: Set<String> {
        let used = rows.withLock { ($0["containers"] ?? []).compactMap { $0.text("imageID") } }
        return ids(of: "images").union(used)
    }

    /// The pinned network namespaces of containers.
    var sandboxes: Set<String> { rows.withLock { Set(($0["containers"] ?? []).compactMap { $0.text("sandboxKey") }) } }
}
