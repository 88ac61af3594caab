import CNftables
import Glibc
import Netlink

/// The nftables table `inet berth` of one network namespace: made once, changed only by elements of its sets, and never
/// flushed. Calls block and may come from any thread; each change is one transaction.
public final class FilterTable: Sendable {
    static let name = "berth"

    let socket: FilterSocket
    let conntrack: Conntrack

    /// For the calling thread's namespace. Throws `NetlinkError` when the kernel has no nftables, or access is denied.
    public init() throws {
        socket = try FilterSocket()
        conntrack = Conntrack(socket: socket, route: try RouteSocket())
        do {
            _ = try socket.query(
                "look for nftables in", "kernel", type: Self.type(NFT_MSG_GETGEN.rawValue),
                family: Int32(NFPROTO_UNSPEC), flags: 0,
                build: { _ in }, read: { _ in [true] })
        } catch let error as NetlinkError where [EINVAL, EPROTONOSUPPORT, EOPNOTSUPP].contains(error.code) {
            throw NetlinkError("look for nftables in", "kernel", code: error.code, detail: "module nf_tables is needed")
        }
    }

    /// Makes the table with its chains, sets and rules, unless it is there. Gives whether it had to be made.
    @discardableResult
    public func ensure() throws -> Bool {
        var transaction = Transaction()
        transaction.addTable()
        for set in ElementSet.all { transaction.add(set) }
        for chain in TableLayout.chains { transaction.add(chain) }
        for chain in TableLayout.chains {
            for rule in chain.rules { transaction.add(rule, to: chain.name) }
        }
        do {
            try socket.commit(transaction)
            return true
        } catch let error as NetlinkError where error.code == EEXIST && error.operation == Transaction.createTable {
            return false
        }
    }

    /// Whether the table is there: others may have flushed all rules.
    public func exists() throws -> Bool {
        do {
            return try !socket.query(
                "look for nftables table", Self.name, type: Self.type(NFT_MSG_GETTABLE.rawValue),
                family: Int32(NFPROTO_INET), flags: 0,
                build: { mnl_attr_put_strz($0, UInt16(NFTA_TABLE_NAME.rawValue), Self.name) }, read: { _ in [true] }
            ).isEmpty
        } catch let error as NetlinkError where error.code == ENOENT {
            return false
        }
    }

    /// All elements of a set with their owners; empty when there is no table.
    func elements(of set: ElementSet) throws -> [Element] {
        do {
            return try socket.query(
                "list elements of", set.name, type: Self.type(NFT_MSG_GETSETELEM.rawValue), family: Int32(NFPROTO_INET),
                flags: NLM_F_ROOT | NLM_F_MATCH,
                build: { header in
                    mnl_attr_put_strz(header, UInt16(NFTA_SET_ELEM_LIST_TABLE.rawValue), Self.name)
                    mnl_attr_put_strz(header, UInt16(NFTA_SET_ELEM_LIST_SET.rawValue), set.name)
                },
                read: Element.elements)
        } catch let error as NetlinkError where error.code == ENOENT {
            return []
        }
    }

    private static func type(_ message: UInt32) -> Int32 {
        Int32(NFNL_SUBSYS_NFTABLES) << 8 | Int32(message)
    }
}

extension Element {
    /// The elements in one message of a dump.
    static func elements(in message: NetlinkMessage) -> [Element] {
        let attributes = message.attributes(after: MemoryLayout<nfgenmsg>.size)
        guard let list = attributes[Int(NFTA_SET_ELEM_LIST_ELEMENTS.rawValue)]?.nested else { return [] }
        return list.compactMap { item in
            let fields = item.nested
            func value(_ type: nft_set_elem_attributes) -> [UInt8]? {
                fields[Int(type.rawValue)]?.nested[Int(NFTA_DATA_VALUE.rawValue)].map { Array($0.bytes) }
            }
            guard let key = value(NFTA_SET_ELEM_KEY) else { return nil }
            let note = fields[Int(NFTA_SET_ELEM_USERDATA.rawValue)].map { UserData.comment(in: $0.bytes) }
            return Element(key: key, value: value(NFTA_SET_ELEM_DATA) ?? [], comment: note ?? "")
        }
    }
}
