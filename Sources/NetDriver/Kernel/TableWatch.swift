import CNftables
import Glibc
import Netlink
import Synchronization

/// A socket to which the kernel tells changes of nftables in the namespace that it was opened in (NFNLGRP_NFTABLES).
/// Any thread may call it.
public final class TableWatch: Sendable {
    /// For poll(2): readable when there is something to drain.
    public let descriptor: Int32
    private let channel: Mutex<NetlinkChannel>
    private let own: UInt32

    /// For the calling thread's namespace. Changes that `table` itself makes are passed over. Throws `NetlinkError`.
    public init(of table: FilterTable) throws {
        own = table.socket.port
        descriptor = try NetlinkChannel.openDescriptor(protocol: NETLINK_NETFILTER, named: "netfilter socket")
        var size: Int32 = 4 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
        try NetlinkChannel.subscribe(descriptor, to: Int32(NFNLGRP_NFTABLES.rawValue))
        channel = Mutex(NetlinkChannel(adopting: descriptor))
    }

    /// Whether somebody else has changed the table since the last time, or may have: the kernel had more to tell than
    /// the socket has room for. Does not wait.
    public func drain() -> Bool {
        channel.withLock { channel in
            var isTouched = false
            while true {
                let code = channel.receive(waiting: false) { message in
                    if !isTouched { isTouched = isAboutTable(message) }
                }
                if code == ENOBUFS { isTouched = true } else if code != 0 { return isTouched }
            }
        }
    }

    private func isAboutTable(_ message: NetlinkMessage) -> Bool {
        guard message.port != own, message.kind >> 8 == Int32(NFNL_SUBSYS_NFTABLES),
            message.payload.first == UInt8(NFPROTO_INET)
        else { return false }
        // The table's name is the first attribute of all these messages.
        let table = message.attributes(after: MemoryLayout<nfgenmsg>.size)[Int(NFTA_TABLE_NAME.rawValue)]
        return table?.string == FilterTable.name
    }
}
