/// A driver of any kind. Its methods are called from several threads at once, and may block.
public protocol Driver: Sendable {}

/// Networks and endpoints. A driver touches the host's side alone: what belongs inside the container's namespace is
/// done by the core, as the reply to `join` says.
///
/// Every method may throw a `DriverError`; any other error is given to the client as status 500. A method that throws
/// has undone what it did. Deleting, leaving and revoking what is not there is no error.
public protocol NetworkDriver: Driver {
    /// The default: a local driver.
    func capabilities() throws -> NetworkCapabilities
    func createNetwork(_ request: CreateNetworkRequest) throws
    func deleteNetwork(_ request: DeleteNetworkRequest) throws
    func createEndpoint(_ request: CreateEndpointRequest) throws -> CreateEndpointReply
    /// The default: nothing to tell.
    func endpointInfo(_ request: EndpointRequest) throws -> EndpointInfoReply
    func deleteEndpoint(_ request: EndpointRequest) throws
    func join(_ request: JoinRequest) throws -> JoinReply
    func leave(_ request: EndpointRequest) throws
    /// Publishes ports. The default: nothing.
    func programExternalConnectivity(_ request: ExternalConnectivityRequest) throws
    /// The default: nothing.
    func revokeExternalConnectivity(_ request: EndpointRequest) throws
    /// The default: nothing.
    func discoverNew(_ notification: DiscoveryNotification) throws
    /// The default: nothing.
    func discoverDelete(_ notification: DiscoveryNotification) throws
    /// Called at the daemon's start; calls that take away endpoints may come before it. The default: nothing.
    func reconcile(_ request: ReconcileRequest) throws
    /// Puts right what others may have changed of what it made. Called on SIGHUP. The default: nothing.
    func check() throws
}

extension NetworkDriver {
    public func capabilities() throws -> NetworkCapabilities { NetworkCapabilities() }
    public func endpointInfo(_ request: EndpointRequest) throws -> EndpointInfoReply { EndpointInfoReply() }
    public func programExternalConnectivity(_ request: ExternalConnectivityRequest) throws {}
    public func revokeExternalConnectivity(_ request: EndpointRequest) throws {}
    public func discoverNew(_ notification: DiscoveryNotification) throws {}
    public func discoverDelete(_ notification: DiscoveryNotification) throws {}
    public func reconcile(_ request: ReconcileRequest) throws {}
    public func check() throws {}

    func addRoutes(to routes: inout Routes) {
        routes.add(.networkCapabilities) { _ in try capabilities() }
        routes.add(.createNetwork, createNetwork)
        routes.add(.deleteNetwork, deleteNetwork)
        routes.add(.createEndpoint, createEndpoint)
        routes.add(.endpointInfo, endpointInfo)
        routes.add(.deleteEndpoint, deleteEndpoint)
        routes.add(.join, join)
        routes.add(.leave, leave)
        routes.add(.programExternalConnectivity, programExternalConnectivity)
        routes.add(.revokeExternalConnectivity, revokeExternalConnectivity)
        routes.add(.discoverNew, discoverNew)
        routes.add(.discoverDelete, discoverDelete)
        routes.add(.reconcile, reconcile)
        routes.add(.check) { _ in try check() }
    }
}
