import Addresses

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
        Route(destination: .everything(gateway.family), gateway: gateway)
    }
}
