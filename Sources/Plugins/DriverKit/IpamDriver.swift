/// Address pools, and static and leased addresses. Errors as in `NetworkDriver`.
public protocol IpamDriver: Driver {
    /// The default: needs nothing.
    func capabilities() throws -> IpamCapabilities
    func defaultAddressSpaces() throws -> AddressSpaces
    func requestPool(_ request: RequestPoolRequest) throws -> RequestPoolReply
    func releasePool(_ request: ReleasePoolRequest) throws
    func requestAddress(_ request: RequestAddressRequest) throws -> RequestAddressReply
    func releaseAddress(_ request: ReleaseAddressRequest) throws
}

extension IpamDriver {
    public func capabilities() throws -> IpamCapabilities { IpamCapabilities() }

    func addRoutes(to routes: inout Routes) {
        routes.add(.ipamCapabilities) { _ in try capabilities() }
        routes.add(.defaultAddressSpaces) { _ in try defaultAddressSpaces() }
        routes.add(.requestPool, requestPool)
        routes.add(.releasePool, releasePool)
        routes.add(.requestAddress, requestAddress)
        routes.add(.releaseAddress, releaseAddress)
    }
}
