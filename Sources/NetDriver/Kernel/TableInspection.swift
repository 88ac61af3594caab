import CNftables
import Glibc
import Netlink

extension FilterTable {
    /// In what the kernel's table differs from the layout, in words; empty when all is as it should be. Elements are not
    /// looked at, nor what the chain `user` has, nor chains and sets of others.
    func damage() throws -> [String] {
        guard try isActive() != nil else { return ["the table is gone"] }
        var found: [String] = []
        let sets = Dictionary(grouping: try sets(), by: \.name).compactMapValues(\.first)
        for set in ElementSet.all {
            guard let present = sets[set.name] else {
                found.append("set `\(set.name)` is gone")
                continue
            }
            if present.keySize != UInt32(ElementSet.size(set.key))
                || present.valueSize != UInt32(ElementSet.size(set.value))
            {
                found.append("set `\(set.name)` has other types")
            }
        }
        let chains = Dictionary(grouping: try self.chains(), by: \.name).compactMapValues(\.first)
        let rules = Dictionary(grouping: try self.rules(), by: \.chain)
        for chain in layout.chains {
            guard let present = chains[chain.name] else {
                found.append("chain `\(chain.name)` is gone")
                continue
            }
            if !Self.isSame(chain, present) { found.append("chain `\(chain.name)` has another hook or policy") }
            guard chain.name != TableLayout.userChain else { continue }
            let standing = rules[chain.name] ?? []
            if standing.isEmpty, !chain.rules.isEmpty {
                found.append("chain `\(chain.name)` is empty")
            } else if standing.count != chain.rules.count
                || !zip(chain.rules, standing).allSatisfy({ Self.isSame($0, $1.expressions) })
            {
                found.append("chain `\(chain.name)` has other rules")
            }
        }
        return found
    }

    private static func isSame(_ chain: TableLayout.Chain, _ found: FoundChain) -> Bool {
        guard let base = chain.base else { return found.hook == nil }
        return found.type == base.type && found.hook == base.hook && found.priority == base.priority
            && found.policy == UInt32(NF_ACCEPT)
    }

    /// Whether the kernel's expressions are those of the rule: as many, and each says at least what the rule's says. The
    /// kernel adds what it takes by default.
    private static func isSame(_ rule: [Expression], _ found: [UInt8]) -> Bool {
        let wanted = bytes(of: rule)
        return wanted.withUnsafeBytes { wanted in
            found.withUnsafeBytes { found in
                let (wanted, found) = (Array(Attributes(wanted)), Array(Attributes(found)))
                return wanted.count == found.count && zip(wanted, found).allSatisfy(includes)
            }
        }
    }

    /// Whether an attribute of the kernel's has all that the wanted one has.
    private static func includes(_ wanted: Attribute, _ found: Attribute) -> Bool {
        guard wanted.type == found.type else { return false }
        guard wanted.isNested else { return wanted.bytes.elementsEqual(found.bytes) }
        return wanted.nested.allSatisfy { part in
            found.nested.contains { includes(part, $0) }
        }
    }

    /// A rule's list of expressions as it is sent to the kernel.
    private static func bytes(of rule: [Expression]) -> [UInt8] {
        var transaction = Transaction()
        transaction.add(rule, to: "")
        return transaction.attribute(NFTA_RULE_EXPRESSIONS.rawValue)
    }
}

extension Transaction {
    /// The bytes of an attribute of the first message; empty when it has none.
    fileprivate func attribute(_ type: UInt32) -> [UInt8] {
        packet(first: 0).withUnsafeBytes { packet in
            var found: [UInt8] = []
            NetlinkMessage.forEach(in: packet) { message in
                guard found.isEmpty, message.kind >> 8 == Int32(NFNL_SUBSYS_NFTABLES) else { return }
                let attributes = message.attributes(after: MemoryLayout<nfgenmsg>.size)
                found = attributes[Int(type)].map { Array($0.bytes) } ?? []
            }
            return found
        }
    }
}
