import Model
import Synchronization

/// One network in memory.
final class NetworkEntry: Sendable {
    private struct Body {
        var record: NetworkRecord
        /// Endpoint → container, for those that exist or are being made.
        var endpoints: [String: String] = [:]
        var isRemoving = false
    }

    let id: String
    private let body: Mutex<Body>

    init(record: NetworkRecord) {
        id = record.id
        body = Mutex(Body(record: record))
    }

    var record: NetworkRecord { body.withLock { $0.record } }
    var name: String { body.withLock { $0.record.name } }
    var containerIDs: Set<String> { body.withLock { Set($0.endpoints.values) } }

    func update(_ change: (inout NetworkRecord) -> Void) {
        body.withLock { change(&$0.record) }
    }

    /// Counts an endpoint in, so that the network cannot be removed under it.
    /// - Throws: `BerthError.notFound` when the network is not ready or going.
    func join(endpoint: String, container: String) throws {
        try body.withLock { body in
            guard body.record.isReady, !body.isRemoving else {
                throw BerthError.notFound("network \(body.record.name) not found")
            }
            body.endpoints[endpoint] = container
        }
    }

    func leave(endpoint: String) {
        _ = body.withLock { $0.endpoints.removeValue(forKey: endpoint) }
    }

    /// Takes the network out of use.
    /// - Throws: `BerthError.forbidden` with Docker's text while it has endpoints; `.notFound` when it is not ready, or
    ///   going already.
    func beginRemoval() throws {
        try body.withLock { body in
            guard body.record.isReady, !body.isRemoving else {
                throw BerthError.notFound("network \(body.record.name) not found")
            }
            guard body.endpoints.isEmpty else {
                throw BerthError.forbidden(
                    "error while removing network: network \(body.record.name) id \(body.record.id) has active endpoints"
                )
            }
            body.isRemoving = true
        }
    }

    func cancelRemoval() {
        body.withLock { $0.isRemoving = false }
    }
}

/// All networks, by ID and by name.
final class NetworkTable: Sendable {
    private let state = Mutex<[String: NetworkEntry]>([:])

    var all: [NetworkEntry] { state.withLock { Array($0.values) } }

    /// Puts a network in unless its name is taken.
    /// - Throws: `BerthError.conflict` with Docker's text.
    func add(_ entry: NetworkEntry) throws {
        let name = entry.name
        try state.withLock { entries in
            guard !entries.values.contains(where: { $0.name == name }) else {
                throw BerthError.conflict("network with name \(name) already exists")
            }
            entries[entry.id] = entry
        }
    }

    func remove(_ entry: NetworkEntry) {
        _ = state.withLock { $0.removeValue(forKey: entry.id) }
    }

    subscript(id: String) -> NetworkEntry? { state.withLock { $0[id] } }

    /// Finds by full ID, name, or a prefix of the ID that only one has.
    /// - Throws: `BerthError.notFound`, or `.invalidParameter` for a prefix that several have.
    func find(_ reference: String) throws -> NetworkEntry {
        let matches: [NetworkEntry] = state.withLock { entries in
            if let entry = entries[reference] { return [entry] }
            if let entry = entries.values.first(where: { $0.name == reference }) { return [entry] }
            guard Identifier.isHex(reference) else { return [] }
            return entries.values.filter { $0.id.hasPrefix(reference) }
        }
        guard let first = matches.first else { throw BerthError.notFound("network \(reference) not found") }
        guard matches.count == 1 else {
            throw BerthError.invalid(
                "network \(reference) is ambiguous (\(matches.count) matches found based on ID prefix)")
        }
        return first
    }
}
