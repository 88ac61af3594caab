import CNftables
import Glibc
import Netlink

extension FilterTable {
    /// What others than Berth have in the table. Rules and the like in Berth's own chains and sets are not in it.
    func userContent() throws -> UserContent {
        var content = UserContent()
        let own = Set(layout.chains.map(\.name))
        content.chains = try items(NFT_MSG_GETCHAIN, NFT_MSG_NEWCHAIN, UserContent.chainAttributes).filter {
            !own.contains($0.text(NFTA_CHAIN_NAME.rawValue))
        }
        content.rules = try items(NFT_MSG_GETRULE, NFT_MSG_NEWRULE, UserContent.ruleAttributes).filter { rule in
            let chain = rule.text(NFTA_RULE_CHAIN.rawValue)
            return chain == TableLayout.userChain || !own.contains(chain)
        }
        content.objects = try items(NFT_MSG_GETOBJ, NFT_MSG_NEWOBJ, UserContent.objectAttributes)
        let ours = Set(ElementSet.all.map(\.name))
        let (rules, objects) = (content.rules, content.objects)
        content.sets = try items(NFT_MSG_GETSET, NFT_MSG_NEWSET, UserContent.setAttributes).filter { set in
            let name = set.text(NFTA_SET_NAME.rawValue)
            guard set.flags & NFT_SET_ANONYMOUS.rawValue != 0 else { return !ours.contains(name) }
            // It goes with its rule; the kernel refuses one that no rule has.
            return rules.contains { $0.mentions(name) } || objects.contains { $0.mentions(name) }
        }
        for set in content.sets where set.flags & NFT_SET_EVAL.rawValue == 0 {
            content.elements += try elements(ofUsers: set.text(NFTA_SET_NAME.rawValue))
        }
        return content
    }

    /// All of one kind in the table, with those of their attributes that the kernel takes as well.
    private func items(
        _ ask: nf_tables_msg_types, _ kind: nf_tables_msg_types, _ attributes: Set<UInt32>
    ) throws -> [UserContent.Item] {
        // The table's name is the first attribute of all these messages.
        try list("list all of", ask, table: 1) { message in
            let kept = message.filter { attributes.contains(UInt32($0.type)) }.flatMap(\.copy)
            return UserContent.Item(kind: UInt16(kind.rawValue), attributes: kept)
        }
    }

    /// The elements of a set in as many messages as they need.
    private func elements(ofUsers set: String) throws -> [UserContent.Item] {
        let found = try absent {
            try socket.query(
                "list elements of", set, type: Self.type(NFT_MSG_GETSETELEM.rawValue), family: Int32(NFPROTO_INET),
                flags: NLM_F_ROOT | NLM_F_MATCH,
                build: { header in
                    mnl_attr_put_strz(header, UInt16(NFTA_SET_ELEM_LIST_TABLE.rawValue), Self.name)
                    mnl_attr_put_strz(header, UInt16(NFTA_SET_ELEM_LIST_SET.rawValue), set)
                },
                read: { message in
                    let attributes = message.attributes(after: MemoryLayout<nfgenmsg>.size)
                    let list = attributes[Int(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue)]?.nested
                    return list?.map(UserElement.init) ?? []
                })
        }
        return UserElement.messages(for: found ?? [], in: set)
    }
}

extension UserContent {
    fileprivate static let chainAttributes: Set = [
        NFTA_CHAIN_TABLE.rawValue, NFTA_CHAIN_NAME.rawValue, NFTA_CHAIN_HOOK.rawValue, NFTA_CHAIN_POLICY.rawValue,
        NFTA_CHAIN_TYPE.rawValue, NFTA_CHAIN_FLAGS.rawValue, NFTA_CHAIN_USERDATA.rawValue,
    ]
    fileprivate static let ruleAttributes: Set = [
        NFTA_RULE_TABLE.rawValue, NFTA_RULE_CHAIN.rawValue, NFTA_RULE_EXPRESSIONS.rawValue, NFTA_RULE_COMPAT.rawValue,
        NFTA_RULE_USERDATA.rawValue,
    ]
    fileprivate static let objectAttributes: Set = [
        NFTA_OBJ_TABLE.rawValue, NFTA_OBJ_NAME.rawValue, NFTA_OBJ_TYPE.rawValue, NFTA_OBJ_DATA.rawValue,
        NFTA_OBJ_USERDATA.rawValue,
    ]
    fileprivate static let setAttributes: Set = [
        NFTA_SET_TABLE.rawValue, NFTA_SET_NAME.rawValue, NFTA_SET_FLAGS.rawValue, NFTA_SET_KEY_TYPE.rawValue,
        NFTA_SET_KEY_LEN.rawValue, NFTA_SET_DATA_TYPE.rawValue, NFTA_SET_DATA_LEN.rawValue, NFTA_SET_POLICY.rawValue,
        NFTA_SET_DESC.rawValue, NFTA_SET_TIMEOUT.rawValue, NFTA_SET_GC_INTERVAL.rawValue, NFTA_SET_USERDATA.rawValue,
        NFTA_SET_OBJ_TYPE.rawValue, NFTA_SET_EXPR.rawValue, NFTA_SET_EXPRESSIONS.rawValue,
    ]
}

extension UserContent.Item {
    /// `NFT_SET_…` of a set.
    fileprivate var flags: UInt32 {
        attributes.withUnsafeBytes { Attributes($0)[Int(NFTA_SET_FLAGS.rawValue)]?.big32 ?? 0 }
    }
}

/// An element of a set of the user's.
private struct UserElement: Sendable {
    private let key: [UInt8]
    private let isEnd: Bool
    /// The attributes in it.
    private let bytes: [UInt8]

    init(_ item: Attribute) {
        let fields = item.nested
        key =
            fields[Int(NFTA_SET_ELEM_KEY.rawValue)]?.nested[Int(NFTA_DATA_VALUE.rawValue)].map { Array($0.bytes) } ?? []
        isEnd =
            (fields[Int(NFTA_SET_ELEM_FLAGS.rawValue)]?.big32 ?? 0) & UInt32(NFT_SET_ELEM_INTERVAL_END.rawValue) != 0
        bytes = fields.filter { $0.type != Int(NFTA_SET_ELEM_PAD.rawValue) }.flatMap(\.copy)
    }

    /// The bounds of intervals are listed from the highest down, the end before the start. As nft(8) sends them: from the
    /// lowest up.
    private static func isBefore(_ left: Self, _ right: Self) -> Bool {
        left.key == right.key ? left.isEnd && !right.isEnd : left.key.lexicographicallyPrecedes(right.key)
    }

    /// Bytes of elements in one message: below the 64 KiB that an attribute's head can tell.
    private static let perMessage = 32768

    static func messages(for elements: [UserElement], in set: String) -> [UserContent.Item] {
        var messages: [UserContent.Item] = []
        var list: [UInt8] = []
        func finish() {
            guard !list.isEmpty else { return }
            let attributes =
                Attribute.encoded(NFTA_SET_ELEM_LIST_TABLE.rawValue, Array(FilterTable.name.utf8) + [0])
                + Attribute.encoded(NFTA_SET_ELEM_LIST_SET.rawValue, Array(set.utf8) + [0])
                + Attribute.encoded(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue, isNested: true, list)
            messages.append(UserContent.Item(kind: UInt16(NFT_MSG_NEWSETELEM.rawValue), attributes: attributes))
            list = []
        }
        for element in elements.sorted(by: isBefore) {
            if list.count + element.bytes.count > perMessage { finish() }
            list += Attribute.encoded(NFTA_LIST_ELEM.rawValue, isNested: true, element.bytes)
        }
        finish()
        return messages
    }
}
