extension DriverMethod where Request == Empty, Reply == NetworkCapabilities {
    public static var networkCapabilities: Self { Self("NetworkDriver.GetCapabilities") }
}

extension DriverMethod where Request == CreateNetworkRequest, Reply == Empty {
    public static var createNetwork: Self { Self("NetworkDriver.CreateNetwork") }
}

extension DriverMethod where Request == DeleteNetworkRequest, Reply == Empty {
    public static var deleteNetwork: Self { Self("NetworkDriver.DeleteNetwork") }
}

extension DriverMethod where Request == CreateEndpointRequest, Reply == CreateEndpointReply {
    public static var createEndpoint: Self { Self("NetworkDriver.CreateEndpoint") }
}

extension DriverMethod where Request == EndpointRequest, Reply == EndpointInfoReply {
    public static var endpointInfo: Self { Self("NetworkDriver.EndpointOperInfo") }
}

extension DriverMethod where Request == JoinRequest, Reply == JoinReply {
    public static var join: Self { Self("NetworkDriver.Join") }
}

extension DriverMethod where Request == EndpointRequest, Reply == Empty {
    public static var deleteEndpoint: Self { Self("NetworkDriver.DeleteEndpoint") }
    public static var leave: Self { Self("NetworkDriver.Leave") }
    public static var revokeExternalConnectivity: Self { Self("NetworkDriver.RevokeExternalConnectivity") }
}

extension DriverMethod where Request == ExternalConnectivityRequest, Reply == Empty {
    public static var programExternalConnectivity: Self { Self("NetworkDriver.ProgramExternalConnectivity") }
}

extension DriverMethod where Request == DiscoveryNotification, Reply == Empty {
    public static var discoverNew: Self { Self("NetworkDriver.DiscoverNew") }
    public static var discoverDelete: Self { Self("NetworkDriver.DiscoverDelete") }
}

extension DriverMethod where Request == ReconcileRequest, Reply == Empty {
    /// Optional: a driver that does not know it has nothing to reconcile.
    public static var reconcile: Self { Self("NetworkDriver.Reconcile") }
}

extension DriverMethod where Request == Empty, Reply == Empty {
    /// Optional: a driver that does not know it has nothing to put right.
    public static var check: Self { Self("NetworkDriver.Check") }
}
