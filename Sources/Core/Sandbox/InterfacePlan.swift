import Addresses
import Netlink

public typealias Route = Netlink.Route
public typealias NetlinkError = Netlink.NetlinkError

/// How one interface shall stand inside a sandbox: what a driver's Join reply and the endpoint's addresses amount to.
public struct InterfacePlan: Sendable, Hashable {
    /// The present name of the link, in the sandbox's namespace already or in the caller's (then it is moved).
    public var source: String
    /// The final name: `eth0`.
    public var name: String
    /// Nil keeps the link's own.
    public var mac: MACAddress?
    /// Addresses with the length of their subnet. IPv6 is switched on for the interface only when one of them asks.
    public var addresses: [IPPrefix]
    /// Bytes; nil keeps the link's own.
    public var mtu: Int?
    /// The IPv4 default route's next hop; nil when another interface has it, or none.
    public var gateway: IPAddress?
    /// The IPv6 default route's next hop.
    public var gateway6: IPAddress?
    /// More routes over this interface.
    public var routes: [Route]

    public init(
        source: String, name: String, mac: MACAddress? = nil, addresses: [IPPrefix] = [], mtu: Int? = nil,
        gateway: IPAddress? = nil, gateway6: IPAddress? = nil, routes: [Route] = []
    ) {
        self.source = source
        self.name = name
        self.mac = mac
        self.addresses = addresses
        self.mtu = mtu
        self.gateway = gateway
        self.gateway6 = gateway6
        self.routes = routes
    }
}
