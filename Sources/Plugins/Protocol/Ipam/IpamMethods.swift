/// Names of options that the core gives to ipam drivers.
public enum IpamOption {
    /// RequestAddress: Docker's name for what the address is for.
    public static let requestType = "RequestAddressType"
    /// The value of `requestType` for a network's gateway.
    public static let gateway = "com.docker.network.gateway"
    /// RequestPool: addresses are to be given in turn (Docker's option, for swarms). Berth's own driver always does so.
    public static let serial = "com.docker.network.ipam.serial"
    /// RequestAddress: the endpoint's MAC address.
    public static let macAddress = "com.docker.network.endpoint.macaddress"
    /// Berth's own: the id of the network (RequestPool, gateway) or endpoint (RequestAddress) that this goes with, and
    /// the same when it is given back (ReleaseAddress).
    public static let owner = "berth.owner"
    /// Berth's own, RequestAddress for any address: those that containers which do not run are to have when they start,
    /// with a space between them. They should not be given.
    public static let held = "berth.held"
    /// The beginning of a driver's error when a pool has no address left.
    public static let exhausted = "no available IPv4 addresses on this network's address pools"
}

extension DriverMethod where Request == Empty, Reply == IpamCapabilities {
    public static var ipamCapabilities: Self { Self("IpamDriver.GetCapabilities") }
}

extension DriverMethod where Request == Empty, Reply == AddressSpaces {
    public static var defaultAddressSpaces: Self { Self("IpamDriver.GetDefaultAddressSpaces") }
}

extension DriverMethod where Request == RequestPoolRequest, Reply == RequestPoolReply {
    public static var requestPool: Self { Self("IpamDriver.RequestPool") }
}

extension DriverMethod where Request == ReleasePoolRequest, Reply == Empty {
    public static var releasePool: Self { Self("IpamDriver.ReleasePool") }
}

extension DriverMethod where Request == RequestAddressRequest, Reply == RequestAddressReply {
    public static var requestAddress: Self { Self("IpamDriver.RequestAddress") }
}

extension DriverMethod where Request == ReleaseAddressRequest, Reply == Empty {
    public static var releaseAddress: Self { Self("IpamDriver.ReleaseAddress") }
}
