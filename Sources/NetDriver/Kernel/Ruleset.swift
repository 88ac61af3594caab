import Glibc
import Netlink
import Synchronization

/// The table with all that Berth wants in it: what is missing or changed can be found, and put back whole.
///
/// Every change goes by here, so that a check never takes one that is under way for damage. Calls block and may come from
/// any thread; they are carried out one after another.
public final class Ruleset: Sendable {
    fileprivate struct State {
        /// By network.
        var networks: [String: BridgeRules] = [:]
        /// By endpoint.
        var ports: [String: [PublishedPort]] = [:]
        /// What others had in the table when it was last seen whole.
        var users = UserContent()
    }

    public let table: FilterTable
    private let state: Mutex<State>
    /// Told of what was found and put back by the way.
    private let report: @Sendable ([String]) -> Void
    /// Told of what others have in the table, when that has changed.
    private let keep: @Sendable (UserContent) -> Void

    /// Makes the table, or mends the one that is there, and has it hold these. Throws `NetlinkError`.
    /// - Parameter users: What others had in the table when an earlier one told so to its `keep`.
    public init(
        layout: TableLayout, networks: [BridgeRules], ports: [PublishedPort], users: UserContent?,
        report: @escaping @Sendable ([String]) -> Void, keep: @escaping @Sendable (UserContent) -> Void
    ) throws {
        table = try FilterTable(layout: layout)
        self.report = report
        self.keep = keep
        var wanted = State()
        wanted.set(networks, ports)
        wanted.users = users ?? UserContent()
        let isNew = try table.isActive() == nil && wanted.users.isEmpty
        let found = try wanted.mend(table, keep)
        state = Mutex(wanted)
        if !isNew, !found.isEmpty { report(found) }
    }

    /// Compares all chains, rules and sets with the layout, and the elements with what is wanted; puts back in one
    /// transaction what is missing. What is others' is not touched. The user's rules, and the chains, sets and objects that
    /// they had, come back with the rest when they went with it.
    /// - Returns: what was found, in words; empty when all was well.
    public func check() throws -> [String] {
        try state.withLock { try $0.mend(table, keep) }
    }

    /// Has the table hold exactly these bridges and ports, and removes what else carries Berth's mark.
    /// - Returns: the ports that were removed and those that were put back.
    public func settle(
        networks: [BridgeRules], ports: [PublishedPort]
    ) throws -> (removed: [PublishedPort], added: [PublishedPort]) {
        try state.withLock { state in
            state.set(networks, ports)
            let present = Set(try table.published())
            let found = try state.mend(table, keep)
            if !found.isEmpty { report(found) }
            try table.removeRules(exceptOf: Set(networks.map(\.network)))
            let stale = present.subtracting(ports)
            // One that stands under a key that is wanted has been replaced.
            let wanted = Set(ports.map(\.element.key))
            try table.unpublish(stale.filter { !wanted.contains($0.element.key) })
            return (Array(stale), Array(Set(ports).subtracting(present)))
        }
    }

    /// Puts a bridge under its rules. Throws `NetlinkError`.
    public func add(_ rules: BridgeRules) throws {
        try change { state in
            try table.add([rules])
            state.networks[rules.network] = rules
        }
    }

    /// Takes a bridge's rules away. Those that are gone already do no harm.
    public func remove(_ rules: BridgeRules) throws {
        try state.withLock { state in
            state.networks[rules.network] = nil
            try table.remove(rules)
        }
    }

    /// Publishes ports, all or none. Throws `NetlinkError`, EBUSY when one leads elsewhere.
    public func publish(_ ports: [PublishedPort]) throws {
        try change { state in
            try table.publish(ports)
            for port in ports { state.ports[port.owner, default: []].append(port) }
        }
    }

    /// Takes published ports back. Those that are gone already do no harm.
    public func unpublish(_ ports: [PublishedPort]) throws {
        try state.withLock { state in
            for owner in Set(ports.map(\.owner)) { state.ports[owner] = nil }
            try table.unpublish(ports)
        }
    }

    /// Makes a change; where the table or a part of it is gone, puts that back and tries again.
    private func change(_ body: (inout State) throws -> Void) throws {
        try state.withLock { state in
            do {
                try body(&state)
            } catch let error as NetlinkError where error.code == ENOENT {
                report(try state.mend(table, keep))
                try body(&state)
            }
        }
    }
}

extension Ruleset.State {
    fileprivate mutating func set(_ networks: [BridgeRules], _ ports: [PublishedPort]) {
        self.networks = Dictionary(networks.map { ($0.network, $0) }) { $1 }
        self.ports = Dictionary(grouping: ports, by: \.owner)
    }

    /// The elements that a set should have, by key.
    private func elements(of set: ElementSet) -> [[UInt8]: Element] {
        var wanted: [[UInt8]: Element] = [:]
        for rules in networks.values {
            for (name, element) in rules.elements where name.name == set.name { wanted[element.key] = element }
        }
        for port in ports.values.joined() where port.set.name == set.name { wanted[port.element.key] = port.element }
        return wanted
    }

    fileprivate mutating func mend(_ table: FilterTable, _ keep: (UserContent) -> Void) throws -> [String] {
        let wasDormant = try table.wake()
        var found = try table.damage()
        let isWhole = found.isEmpty
        if wasDormant { found.append("the table was dormant") }
        var transaction = isWhole ? Transaction() : table.layout.installation()
        for set in ElementSet.all {
            let (missing, changed) = try lacking(in: set, table)
            guard !missing.isEmpty || !changed.isEmpty else { continue }
            if isWhole || !changed.isEmpty {
                found.append("\(missing.count + changed.count) elements of `\(set.name)` are gone or changed")
            }
            transaction.delete(changed, from: set)
            transaction.insert(missing + changed, into: set)
        }
        let present = try table.userContent()
        // Of rules that are there no more while the table is whole, that is the user's will; and so it is while some are.
        let lost = isWhole || !present.rules.isEmpty ? UserContent() : users.lacking(in: present)
        guard !lost.isEmpty else {
            if !transaction.isEmpty { try table.install(transaction) }
            see(present, keep)
            return found
        }
        var withUsers = transaction
        withUsers.add(lost)
        do {
            try table.install(withUsers)
            found.append("\(lost.description) are gone")
        } catch {
            try table.install(transaction)
            found.append("\(lost.description) are gone and cannot be put back: \(error)")
            see(present, keep)
        }
        return found
    }

    private mutating func see(_ present: UserContent, _ keep: (UserContent) -> Void) {
        guard present != users else { return }
        users = present
        keep(present)
    }

    /// The wanted elements that the kernel's set does not have, and those that it has with another value.
    private func lacking(in set: ElementSet, _ table: FilterTable) throws -> (missing: [Element], changed: [Element]) {
        var missing = elements(of: set)
        let wanted = missing
        var changed: [[UInt8]: Element] = [:]
        // While the kernel lets a set grow, a listing may miss some.
        for attempt in 0..<4 where !missing.isEmpty {
            if attempt > 0 { usleep(20_000) }
            for present in try table.elements(of: set) {
                guard let element = wanted[present.key] else { continue }
                missing[present.key] = nil
                changed[present.key] = present.value == element.value ? nil : element
            }
            if attempt == 0, missing.count == wanted.count { break }
        }
        return (Array(missing.values), Array(changed.values))
    }
}
