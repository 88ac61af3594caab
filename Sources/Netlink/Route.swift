/// A unicast route of the main table.
public struct Route: Sendable, Hashable {
    public var destination: IPPrefix
    /// The next hop; nil when the destination is on the link itself.
    public var gateway: IPAddress?

    public init(destination: IPPrefix, gateway: IPAddress? = nil) {
        self.destination = destination
        self.gateway = gateway
    }

    /// The default route of the gateway's family.
    public static func byDefault(through gateway: IPAddress) -> Route {
        Route(destination: .everything(likeFamilyOf: gateway), gateway: gateway)
    }
}

extension IPPrefix {
    /// 0.0.0.0/0 or ::/0.
    public static func everything(likeFamilyOf address: IPAddress) -> IPPrefix {
        IPPrefix(address: IPAddress(bytes: address.bytes.map { _ in 0 })!, length: 0)!
    }
}
