import CNftables
import Glibc
import Netlink

/// A rule as the kernel has it.
struct FoundRule: Sendable, Hashable {
    let chain: String
    /// The list of its expressions, as netlink attributes.
    let expressions: [UInt8]
}

/// A chain as the kernel has it.
struct FoundChain: Sendable {
    let name: String
    /// Empty for one that is only jumped to, like the next two.
    let type: String
    let hook: UInt32?
    let priority: Int32?
    let policy: UInt32?
}

/// A set as the kernel has it.
struct FoundSet: Sendable {
    let name: String
    let keySize: UInt32
    let valueSize: UInt32
}

extension FilterTable {
    /// Whether the table is there and acts; nil when there is none.
    func isActive() throws -> Bool? {
        try absent {
            try socket.query(
                "look for table", Self.name, type: Self.type(NFT_MSG_GETTABLE.rawValue), family: Int32(NFPROTO_INET),
                flags: 0,
                build: { mnl_attr_put_strz($0, UInt16(NFTA_TABLE_NAME.rawValue), Self.name) },
                read: { message in
                    let flags = message.attributes(after: MemoryLayout<nfgenmsg>.size)[Int(NFTA_TABLE_FLAGS.rawValue)]
                    return [(flags?.big32 ?? 0) & UInt32(NFT_TABLE_F_DORMANT.rawValue) == 0]
                }
            ).first
        }
    }

    /// The rules of the table, of every chain those in their order; none without a table.
    func rules() throws -> [FoundRule] {
        try list("list rules of", NFT_MSG_GETRULE, table: NFTA_RULE_TABLE.rawValue) { attributes in
            guard let chain = attributes[Int(NFTA_RULE_CHAIN.rawValue)]?.string else { return nil }
            return FoundRule(
                chain: chain,
                expressions: attributes[Int(NFTA_RULE_EXPRESSIONS.rawValue)].map { Array($0.bytes) } ?? [])
        }
    }

    /// The chains of the table; none without a table.
    func chains() throws -> [FoundChain] {
        try list("list chains of", NFT_MSG_GETCHAIN, table: NFTA_CHAIN_TABLE.rawValue) { attributes in
            guard let name = attributes[Int(NFTA_CHAIN_NAME.rawValue)]?.string else { return nil }
            let hook = attributes[Int(NFTA_CHAIN_HOOK.rawValue)]?.nested
            return FoundChain(
                name: name, type: attributes[Int(NFTA_CHAIN_TYPE.rawValue)]?.string ?? "",
                hook: hook?[Int(NFTA_HOOK_HOOKNUM.rawValue)]?.big32,
                priority: hook?[Int(NFTA_HOOK_PRIORITY.rawValue)]?.big32.map { Int32(bitPattern: $0) },
                policy: attributes[Int(NFTA_CHAIN_POLICY.rawValue)]?.big32)
        }
    }

    /// The sets and maps of the table; none without a table.
    func sets() throws -> [FoundSet] {
        try list("list sets of", NFT_MSG_GETSET, table: NFTA_SET_TABLE.rawValue) { attributes in
            guard let name = attributes[Int(NFTA_SET_NAME.rawValue)]?.string else { return nil }
            return FoundSet(
                name: name, keySize: attributes[Int(NFTA_SET_KEY_LEN.rawValue)]?.big32 ?? 0,
                valueSize: attributes[Int(NFTA_SET_DATA_LEN.rawValue)]?.big32 ?? 0)
        }
    }

    /// Lists what is in the table, in the kernel's order. Old kernels list what is in others, too.
    func list<Answer: Sendable>(
        _ operation: String, _ message: nf_tables_msg_types, table: UInt32, read: (Attributes) -> Answer?
    ) throws -> [Answer] {
        try absent {
            try socket.query(
                operation, Self.name, type: Self.type(message.rawValue), family: Int32(NFPROTO_INET),
                flags: NLM_F_ROOT | NLM_F_MATCH, build: { mnl_attr_put_strz($0, UInt16(table), Self.name) },
                read: { message in
                    let attributes = message.attributes(after: MemoryLayout<nfgenmsg>.size)
                    guard attributes[Int(table)]?.string == Self.name, let found = read(attributes) else { return [] }
                    return [found]
                })
        } ?? []
    }

    /// Nil where the kernel says that there is no such thing.
    func absent<Answer>(_ body: () throws -> Answer?) throws -> Answer? {
        do {
            return try body()
        } catch let error as NetlinkError where error.code == ENOENT {
            return nil
        }
    }
}

extension Attribute {
    /// A number in network byte order, as nf_tables has them.
    var big32: UInt32? { uint32.map { UInt32(bigEndian: $0) } }
}
