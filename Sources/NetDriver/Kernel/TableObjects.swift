import CNftables
import Glibc

extension Transaction {
    static let createTable = "create nftables table"

    /// Creates the table; the commit fails (EEXIST) when it is there.
    mutating func addTable() {
        let table = nftnl_table_alloc()!
        defer { nftnl_table_free(table) }
        nftnl_table_set_str(table, UInt16(NFTNL_TABLE_NAME.rawValue), FilterTable.name)
        add(
            Self.createTable, FilterTable.name, type: Int(NFT_MSG_NEWTABLE.rawValue), flags: NLM_F_CREATE | NLM_F_EXCL
        ) { nftnl_table_nlmsg_build_payload($0, table) }
    }

    /// Creates an empty set or map.
    mutating func add(_ set: ElementSet) {
        let object = nftnl_set_alloc()!
        defer { nftnl_set_free(object) }
        nftnl_set_set_str(object, UInt16(NFTNL_SET_TABLE.rawValue), FilterTable.name)
        nftnl_set_set_str(object, UInt16(NFTNL_SET_NAME.rawValue), set.name)
        nftnl_set_set_u32(object, UInt16(NFTNL_SET_ID.rawValue), UInt32(words.count + 1))
        nftnl_set_set_u32(object, UInt16(NFTNL_SET_KEY_TYPE.rawValue), ElementSet.type(set.key))
        nftnl_set_set_u32(object, UInt16(NFTNL_SET_KEY_LEN.rawValue), UInt32(ElementSet.size(set.key)))
        if !set.value.isEmpty {
            nftnl_set_set_u32(object, UInt16(NFTNL_SET_FLAGS.rawValue), NFT_SET_MAP.rawValue)
            nftnl_set_set_u32(object, UInt16(NFTNL_SET_DATA_TYPE.rawValue), ElementSet.type(set.value))
            nftnl_set_set_u32(object, UInt16(NFTNL_SET_DATA_LEN.rawValue), UInt32(ElementSet.size(set.value)))
        }
        add("create set", set.name, type: Int(NFT_MSG_NEWSET.rawValue), flags: NLM_F_CREATE) {
            nftnl_set_nlmsg_build_payload($0, object)
        }
    }

    /// Creates a chain without rules; a base chain lets pass what no rule decides.
    mutating func add(_ chain: TableLayout.Chain) {
        let object = nftnl_chain_alloc()!
        defer { nftnl_chain_free(object) }
        nftnl_chain_set_str(object, UInt16(NFTNL_CHAIN_TABLE.rawValue), FilterTable.name)
        nftnl_chain_set_str(object, UInt16(NFTNL_CHAIN_NAME.rawValue), chain.name)
        if let base = chain.base {
            nftnl_chain_set_str(object, UInt16(NFTNL_CHAIN_TYPE.rawValue), base.type)
            nftnl_chain_set_u32(object, UInt16(NFTNL_CHAIN_HOOKNUM.rawValue), base.hook)
            nftnl_chain_set_s32(object, UInt16(NFTNL_CHAIN_PRIO.rawValue), base.priority)
            nftnl_chain_set_u32(object, UInt16(NFTNL_CHAIN_POLICY.rawValue), UInt32(NF_ACCEPT))
        }
        add("create chain", chain.name, type: Int(NFT_MSG_NEWCHAIN.rawValue), flags: NLM_F_CREATE) {
            nftnl_chain_nlmsg_build_payload($0, object)
        }
    }

    /// Adds a rule at a chain's end.
    mutating func add(_ rule: [Expression], to chain: String) {
        let object = nftnl_rule_alloc()!
        defer { nftnl_rule_free(object) }
        nftnl_rule_set_str(object, UInt16(NFTNL_RULE_TABLE.rawValue), FilterTable.name)
        nftnl_rule_set_str(object, UInt16(NFTNL_RULE_CHAIN.rawValue), chain)
        for expression in rule { nftnl_rule_add_expr(object, expression.build()) }
        add("create rule in", chain, type: Int(NFT_MSG_NEWRULE.rawValue), flags: NLM_F_CREATE | NLM_F_APPEND) {
            nftnl_rule_nlmsg_build_payload($0, object)
        }
    }
}
