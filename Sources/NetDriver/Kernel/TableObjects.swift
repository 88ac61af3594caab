import CNftables
import Glibc

extension Transaction {
    /// Creates the table, unless it is there, and wakes one that is dormant.
    mutating func addTable() {
        let table = nftnl_table_alloc()!
        defer { nftnl_table_free(table) }
        nftnl_table_set_str(table, UInt16(NFTNL_TABLE_NAME.rawValue), FilterTable.name)
        nftnl_table_set_u32(table, UInt16(NFTNL_TABLE_FLAGS.rawValue), 0)
        add("create nftables table", FilterTable.name, type: Int(NFT_MSG_NEWTABLE.rawValue), flags: NLM_F_CREATE) {
            nftnl_table_nlmsg_build_payload($0, table)
        }
    }

    /// Creates an empty set or map, unless it is there.
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

    /// Creates a chain without rules; a base chain lets pass what no rule decides. One that is there is left; the commit
    /// fails (EEXIST) when it has another hook or priority.
    mutating func add(_ chain: TableLayout.Chain) {
        let object = Self.chain(chain.name)
        defer { nftnl_chain_free(object) }
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

    /// Makes sure that there is a chain of that name, of whatever kind: only what is there can be flushed or deleted.
    mutating func require(chain name: String) {
        add(TableLayout.Chain(name: name))
    }

    /// Deletes a chain that has no rules and that none jumps to.
    mutating func delete(chain name: String) {
        let object = Self.chain(name)
        defer { nftnl_chain_free(object) }
        add("delete chain", name, type: Int(NFT_MSG_DELCHAIN.rawValue)) { nftnl_chain_nlmsg_build_payload($0, object) }
    }

    /// Deletes all rules of a chain.
    mutating func flush(chain name: String) {
        let object = Self.rule(in: name)
        defer { nftnl_rule_free(object) }
        add("delete rules of", name, type: Int(NFT_MSG_DELRULE.rawValue)) { nftnl_rule_nlmsg_build_payload($0, object) }
    }

    /// Adds a rule at a chain's end, with a comment unless it is empty.
    mutating func add(_ rule: [Expression], to chain: String, comment: String = "") {
        let object = Self.rule(in: chain)
        defer { nftnl_rule_free(object) }
        for expression in rule { nftnl_rule_add_expr(object, expression.build()) }
        if !comment.isEmpty {
            let note = UserData.comment(comment)
            nftnl_rule_set_data(object, UInt16(NFTNL_RULE_USERDATA.rawValue), note, UInt32(note.count))
        }
        add("create rule in", chain, type: Int(NFT_MSG_NEWRULE.rawValue), flags: NLM_F_CREATE | NLM_F_APPEND) {
            nftnl_rule_nlmsg_build_payload($0, object)
        }
    }

    private static func chain(_ name: String) -> OpaquePointer {
        let object = nftnl_chain_alloc()!
        nftnl_chain_set_str(object, UInt16(NFTNL_CHAIN_TABLE.rawValue), FilterTable.name)
        nftnl_chain_set_str(object, UInt16(NFTNL_CHAIN_NAME.rawValue), name)
        return object
    }

    private static func rule(in chain: String) -> OpaquePointer {
        let object = nftnl_rule_alloc()!
        nftnl_rule_set_str(object, UInt16(NFTNL_RULE_TABLE.rawValue), FilterTable.name)
        nftnl_rule_set_str(object, UInt16(NFTNL_RULE_CHAIN.rawValue), chain)
        return object
    }
}
