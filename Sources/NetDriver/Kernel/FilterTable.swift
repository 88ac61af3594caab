import CNftables
import Glibc
import Netlink

/// The nftables table `inet berth` of one network namespace: brought to one layout, and from then on changed only by
/// elements of its sets. Calls block and may come from any thread; each change is one transaction.
public final class FilterTable: Sendable {
    static let name = "berth"

    let socket: FilterSocket
    let conntrack: Conntrack
    let layout: TableLayout

    /// For the calling thread's namespace. Throws `NetlinkError` when the kernel has no nftables, or access is denied.
    public init(layout: TableLayout = TableLayout()) throws {
        self.layout = layout
        do {
            socket = try FilterSocket()
            conntrack = Conntrack(socket: socket, route: try RouteSocket())
            _ = try socket.query(
                "look for nftables in", "kernel", type: Self.type(NFT_MSG_GETGEN.rawValue),
                family: Int32(NFPROTO_UNSPEC), flags: 0,
                build: { _ in }, read: { _ in [true] })
        } catch let error as NetlinkError where Self.unsupported.contains(error.code) {
            throw Self.lacking(error)
        }
    }

    /// Makes the table with its chains, sets and rules, or brings one that differs in any of them to the layout.
    /// Elements and the chain `user` stay as they are. Gives whether anything had to be done.
    /// - Throws: `NetlinkError`, which names the modules that are needed when the kernel lacks one.
    @discardableResult
    public func ensure() throws -> Bool {
        try wake()
        guard try !damage().isEmpty else { return false }
        try install(layout.installation())
        return true
    }

    /// Has a dormant table act again: the kernel wants that to be a transaction of its own. Gives whether it was dormant.
    @discardableResult
    func wake() throws -> Bool {
        guard try isActive() == false else { return false }
        var transaction = Transaction()
        transaction.addTable()
        try install(transaction)
        return true
    }

    /// Commits a transaction that makes the table.
    func install(_ transaction: Transaction) throws {
        do {
            try socket.commit(transaction)
        } catch let error as NetlinkError where Self.unsupported.contains(error.code) {
            throw Self.lacking(error)
        }
    }

    /// What the kernel answers to what it has no code for.
    private static let unsupported = [ENOENT, EINVAL, EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT]

    private static func lacking(_ error: NetlinkError) -> NetlinkError {
        let needed =
            "the kernel needs nf_tables with the family inet, nft_chain_nat, nft_ct, nft_fib_inet, nft_masq and nft_nat"
        return NetlinkError(
            error.operation, error.subject, code: error.code,
            detail: error.detail.map { "\($0); \(needed)" } ?? needed)
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

    static func type(_ message: UInt32) -> Int32 {
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
