import Model
import Synchronization

/// All containers, by ID and by name.
package final class ContainerTable: Sendable {
    private struct State {
        var byID: [String: ContainerEntry] = [:]
        /// Name without slash → ID. Holds names that are reserved by a create under way too.
        var names: [String: String] = [:]
        /// Those whose create is under way.
        var creating: [String: ContainerRecord] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    var all: [ContainerEntry] { state.withLock { Array($0.byID.values) } }

    var count: Int { state.withLock { $0.byID.count } }

    /// What all containers use, also those whose create is under way: their volumes and images must not be removed.
    package var usingRecords: [ContainerRecord] {
        let (entries, creating) = state.withLock { (Array($0.byID.values), Array($0.creating.values)) }
        return entries.map(\.record) + creating
    }

    /// Takes a name for an ID.
    /// - Throws: `BerthError.conflict` with Docker's text when it is taken.
    package func reserve(name: String, for id: String) throws {
        let owner = state.withLock { state -> String? in
            if let owner = state.names[name] { return owner }
            state.names[name] = id
            return nil
        }
        if let owner {
            throw BerthError.conflict(
                "Conflict. The container name \"/\(name)\" is already in use by container \"\(owner)\". "
                    + "You have to remove (or rename) that container to be able to reuse that name.")
        }
    }

    package func release(name: String, of id: String) {
        state.withLock { state in
            if state.names[name] == id { state.names[name] = nil }
        }
    }

    /// Counts what a container that is about to be made will use. `add` or `abandon` ends that.
    package func reserve(_ record: ContainerRecord) {
        state.withLock { $0.creating[record.id] = record }
    }

    /// Lets go of the name and the uses of a container that is not made after all.
    package func abandon(_ record: ContainerRecord) {
        state.withLock { state in
            state.creating[record.id] = nil
            if state.names[record.name] == record.id { state.names[record.name] = nil }
        }
    }

    package func add(_ entry: ContainerEntry, name: String) {
        state.withLock { state in
            state.byID[entry.id] = entry
            state.names[name] = entry.id
            state.creating[entry.id] = nil
        }
    }

    package func remove(_ entry: ContainerEntry, name: String) {
        state.withLock { state in
            state.byID[entry.id] = nil
            if state.names[name] == entry.id { state.names[name] = nil }
        }
    }

    subscript(id: String) -> ContainerEntry? { state.withLock { $0.byID[id] } }

    /// Finds by full ID, by name (with or without slash), or by a prefix of the ID that only one has.
    /// - Throws: `BerthError.notFound`, or `.invalidParameter` for nothing and for a prefix that several have.
    package func find(_ reference: String) throws -> ContainerEntry {
        guard !reference.isEmpty else { throw BerthError.invalid("invalid name or ID supplied: \"\"") }
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        let matches: [ContainerEntry] = state.withLock { state in
            if let entry = state.byID[reference] { return [entry] }
            if let id = state.names[name], let entry = state.byID[id] { return [entry] }
            guard Identifier.isHex(reference) else { return [] }
            return state.byID.values.filter { $0.id.hasPrefix(reference) }
        }
        guard let first = matches.first else { throw BerthError.notFound("No such container: \(reference)") }
        guard matches.count == 1 else {
            throw BerthError.invalid("Multiple IDs found with provided prefix: \(reference)")
        }
        return first
    }
}
