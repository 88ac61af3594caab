import CNftables
import Glibc
import Netlink

/// What others have in the table besides Berth's own: the rules of the chain `user`, and chains, sets, maps, elements and
/// objects (counters, limits and the like) that these may need.
///
/// It is kept as the kernel tells it, attribute by attribute, so that whatever a kernel and an nft(8) can say comes back
/// as it was. Only what the kernel gives out and does not take is left out, numbers of its own above all.
public struct UserContent: Sendable, Equatable {
    /// One thing, as a message that makes it (`NFT_MSG_NEW…` of <linux/netfilter/nf_tables.h>).
    struct Item: Sendable, Equatable {
        let kind: UInt16
        /// The netlink attributes of the message.
        let attributes: [UInt8]

        /// The text of an attribute; empty when there is none.
        func text(_ attribute: UInt32) -> String {
            attributes.withUnsafeBytes { Attributes($0)[Int(attribute)]?.string ?? "" }
        }

        /// Whether a name stands somewhere in it, of a set or a chain that it refers to.
        func mentions(_ name: String) -> Bool {
            let wanted = Array(name.utf8) + [0]
            return attributes.indices.contains { attributes[$0...].starts(with: wanted) }
        }
    }

    /// Chains that are not Berth's.
    var chains: [Item] = []
    var objects: [Item] = []
    /// Sets and maps that are not Berth's, also those without a name of the user's: `{ 22, 80 }` in a rule.
    var sets: [Item] = []
    /// Their elements, but for those of dynamic sets, which packets put there.
    var elements: [Item] = []
    /// The rules of the chain `user` and of chains that are not Berth's, those of a chain in their order.
    var rules: [Item] = []

    init() {}

    var isEmpty: Bool { all.isEmpty }

    private var all: [Item] { chains + objects + sets + elements + rules }

    /// What there is no more: chains, objects and sets by their names, a set's elements with the set, and rules of chains
    /// that have none.
    func lacking(in present: UserContent) -> UserContent {
        var lost = UserContent()
        lost.chains = Self.lacking(chains, in: present.chains, NFTA_CHAIN_NAME.rawValue)
        lost.objects = Self.lacking(objects, in: present.objects, NFTA_OBJ_NAME.rawValue)
        lost.sets = Self.lacking(sets, in: present.sets, NFTA_SET_NAME.rawValue)
        let emptied = Set(lost.sets.map { $0.text(NFTA_SET_NAME.rawValue) })
        lost.elements = elements.filter { emptied.contains($0.text(NFTA_SET_ELEM_LIST_SET.rawValue)) }
        lost.rules = Self.lacking(rules, in: present.rules, NFTA_RULE_CHAIN.rawValue)
        return lost
    }

    private static func lacking(_ items: [Item], in present: [Item], _ name: UInt32) -> [Item] {
        let names = Set(present.map { $0.text(name) })
        return items.filter { !names.contains($0.text(name)) }
    }

    /// In words, for the log.
    var description: String {
        let named = sets.filter { !$0.text(NFTA_SET_NAME.rawValue).hasPrefix("__") }
        return [("rules", rules.count), ("chains", chains.count), ("sets", named.count)].filter { $0.1 > 0 }
            .map { "\($0.1) of the user's \($0.0)" }.joined(separator: ", ")
    }
}

// MARK: To and from bytes

extension UserContent {
    /// As bytes that `init(_:)` reads: of each thing the kind (16 bits), the size (32 bits) and the attributes, numbers in
    /// the machine's order like those in the attributes.
    public var bytes: [UInt8] {
        var result: [UInt8] = []
        for item in all {
            withUnsafeBytes(of: item.kind) { result += $0 }
            withUnsafeBytes(of: UInt32(item.attributes.count)) { result += $0 }
            result += item.attributes
        }
        return result
    }

    /// Nil for bytes that are cut off or of an unknown kind.
    public init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 6 else { return nil }
            let (kind, size) = rest.withUnsafeBytes {
                ($0.loadUnaligned(as: UInt16.self), $0.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
            }
            guard rest.count - 6 >= Int(size) else { return nil }
            let item = Item(kind: kind, attributes: Array(rest.dropFirst(6).prefix(Int(size))))
            rest = rest.dropFirst(6 + Int(size))
            switch nf_tables_msg_types(UInt32(kind)) {
            case NFT_MSG_NEWCHAIN: chains.append(item)
            case NFT_MSG_NEWOBJ: objects.append(item)
            case NFT_MSG_NEWSET: sets.append(item)
            case NFT_MSG_NEWSETELEM: elements.append(item)
            case NFT_MSG_NEWRULE: rules.append(item)
            default: return nil
            }
        }
    }
}

// MARK: Putting it back

extension Transaction {
    /// Puts back what the user had, behind the table and Berth's own chains: each thing after those that it refers to.
    mutating func add(_ content: UserContent) {
        for chain in content.chains {
            put(chain, chain.text(NFTA_CHAIN_NAME.rawValue), "chain")
        }
        for object in content.objects {
            put(object, object.text(NFTA_OBJ_NAME.rawValue), "object")
        }
        for set in content.sets {
            // The kernel wants a number for it that is unique in the transaction.
            let number = withUnsafeBytes(of: UInt32(words.count + 1).bigEndian) {
                Attribute.encoded(NFTA_SET_ID.rawValue, $0)
            }
            put(
                UserContent.Item(kind: set.kind, attributes: set.attributes + number), set.text(NFTA_SET_NAME.rawValue),
                "set")
        }
        for some in content.elements {
            put(some, some.text(NFTA_SET_ELEM_LIST_SET.rawValue), "elements of")
        }
        for rule in content.rulesInOrder {
            put(rule, rule.text(NFTA_RULE_CHAIN.rawValue), "rule in", flags: NLM_F_CREATE | NLM_F_APPEND)
        }
    }

    private mutating func put(_ item: UserContent.Item, _ name: String, _ what: String, flags: Int32 = NLM_F_CREATE) {
        add("put back \(what)", name, type: Int(item.kind), flags: flags, attributes: item.attributes)
    }
}

extension UserContent {
    /// The rules of a chain behind those of chains that they jump to: one that was written in braces takes no more rules
    /// once it is jumped to.
    fileprivate var rulesInOrder: [Item] {
        let byChain = Dictionary(grouping: rules) { $0.text(NFTA_RULE_CHAIN.rawValue) }
        var result: [Item] = []
        var seen: Set<String> = []
        func visit(_ chain: String) {
            guard seen.insert(chain).inserted, let own = byChain[chain] else { return }
            for other in byChain.keys.sorted() where own.contains(where: { $0.mentions(other) }) { visit(other) }
            result += own
        }
        for chain in byChain.keys.sorted() { visit(chain) }
        return result
    }
}
