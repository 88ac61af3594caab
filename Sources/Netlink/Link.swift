import Addresses

/// A network interface as the kernel describes it.
public struct Link: Sendable, Hashable {
    /// The interface's number, unique in its namespace.
    public let index: Int32
    public let name: String
    /// `bridge`, `veth`, `macvlan` …; empty for hardware and loopback.
    public let kind: String
    /// Bytes.
    public let mtu: Int
    public let mac: MACAddress?
    /// The bridge it is a port of; 0 when it is none.
    public let master: Int32
    /// The interface alias: carries the owner of what Berth made.
    public let alias: String
    /// Whether it is administratively up (IFF_UP).
    public let isUp: Bool

    /// `IFF_UP` of <linux/if.h>.
    static let upFlag: UInt32 = 1

    public init(
        index: Int32, name: String, kind: String, mtu: Int, mac: MACAddress?, master: Int32, alias: String, isUp: Bool
    ) {
        self.index = index
        self.name = name
        self.kind = kind
        self.mtu = mtu
        self.mac = mac
        self.master = master
        self.alias = alias
        self.isUp = isUp
    }
}
