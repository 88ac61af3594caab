import Glibc
import Netlink

/// How packets from and to one network's bridge are treated.
public struct BridgeRules: Sendable, Hashable {
    /// The bridge's name.
    public var bridge: String
    /// The id of the network it belongs to.
    public var network: String
    /// Nothing leaves or enters but between the network's own containers.
    public var isInternal: Bool
    /// Containers appear outside with the host's address.
    public var masquerade: Bool
    /// Containers may talk to each other.
    public var communication: Bool

    public init(bridge: String, network: String, isInternal: Bool, masquerade: Bool, communication: Bool) {
        self.bridge = bridge
        self.network = network
        self.isInternal = isInternal
        self.masquerade = masquerade
        self.communication = communication
    }

    /// The sets that hold this bridge, and its element in each.
    var elements: [(set: ElementSet, element: Element)] {
        let mark = Owner.mark(network)
        let one = Element(key: Element.link(bridge), comment: mark)
        let pair = Element(key: one.key + one.key, comment: mark)
        var found: [(ElementSet, Element)] = [(.bridges, one), (.hairpin, pair)]
        if isInternal { found.append((.isolated, one)) }
        if masquerade && !isInternal { found.append((.masqueraded, one)) }
        if communication { found.append((.siblings, pair)) }
        return found
    }
}

extension FilterTable {
    /// Puts a bridge under its rules, in one transaction. Throws `NetlinkError`, ENOENT without a table.
    public func add(_ rules: [BridgeRules]) throws {
        var transaction = Transaction()
        for set in ElementSet.ofBridges {
            let elements = rules.flatMap(\.elements).filter { $0.set.name == set.name }.map(\.element)
            transaction.insert(elements, into: set)
        }
        try socket.commit(transaction)
    }

    /// Takes a bridge's rules away again, in one transaction. Those that are gone already do no harm.
    public func remove(_ rules: BridgeRules) throws {
        var transaction = Transaction()
        for (set, element) in rules.elements { transaction.delete([element], from: set) }
        do {
            try socket.commit(transaction)
        } catch let error as NetlinkError where error.code == ENOENT {
            try removeRules { $0 == rules.network }
        }
    }

    /// Takes away the bridge elements of all networks but these; gives the ids of those that lost some.
    @discardableResult
    public func removeRules(exceptOf networks: Set<String>) throws -> Set<String> {
        try removeRules { !networks.contains($0) }
    }

    @discardableResult
    private func removeRules(where gone: (String) -> Bool) throws -> Set<String> {
        var transaction = Transaction()
        var owners: Set<String> = []
        for set in ElementSet.ofBridges {
            let elements = try elements(of: set).filter { element in
                guard let owner = Owner.id(in: element.comment), gone(owner) else { return false }
                owners.insert(owner)
                return true
            }
            transaction.delete(elements, from: set)
        }
        try socket.commit(transaction)
        return owners
    }
}
