import Model

/// The fields of all request bodies, to be found in whatever case a client writes them: Go's decoder, and so Docker,
/// takes "detachKeys" for "DetachKeys".
///
/// One spelling goes for all bodies: no two have fields that differ in case alone, and none has them in another. Keys that are a client's own (labels,
/// ports, options) are no fields and keep theirs.
enum FieldNames {
    private static let spellings: [String: String] = {
        var spellings: [String: String] = [:]
        for name in all {
            spellings[name] = name
            spellings[name.lowercased()] = name
        }
        return spellings
    }()

    /// A field's name as its type has it; what is no field's stays as it is.
    static func spelling(of key: String) -> String {
        spellings[key] ?? spellings[key.lowercased()] ?? key
    }

    private static var all: [String] {
        names(CreateContainerBody.CodingKeys.self) + names(UnsupportedHostFields.CodingKeys.self)
            + names(ContainerConfig.CodingKeys.self)
            + names(HealthCheck.CodingKeys.self) + names(HostConfig.CodingKeys.self) + names(LogConfig.CodingKeys.self)
            + names(RestartPolicy.CodingKeys.self) + names(DeviceMapping.CodingKeys.self)
            + names(WeightDevice.CodingKeys.self) + names(ThrottleDevice.CodingKeys.self)
            + names(Ulimit.CodingKeys.self) + names(PortBinding.CodingKeys.self) + mountNames
            + names(NetworkingConfig.CodingKeys.self) + names(EndpointSettings.CodingKeys.self)
            + names(EndpointIPAMConfig.CodingKeys.self) + names(ExecConfig.CodingKeys.self)
            + names(StartExecBody.CodingKeys.self) + names(CreateVolumeBody.CodingKeys.self) + networkNames
    }

    private static var mountNames: [String] {
        names(MountPoint.CodingKeys.self) + names(MountPoint.BindOptions.CodingKeys.self)
            + names(MountPoint.VolumeOptions.CodingKeys.self)
            + names(MountPoint.DriverConfig.CodingKeys.self) + names(MountPoint.ImageOptions.CodingKeys.self)
            + names(MountPoint.TmpfsOptions.CodingKeys.self)
    }

    private static var networkNames: [String] {
        names(CreateNetworkBody.CodingKeys.self) + names(CreateNetworkBody.IPAM.CodingKeys.self)
            + names(CreateNetworkBody.Pool.CodingKeys.self)
            + names(CreateNetworkBody.ConfigReference.CodingKeys.self) + names(ConnectNetworkBody.CodingKeys.self)
            + names(DisconnectNetworkBody.CodingKeys.self)
    }

    private static func names<Keys: CodingKey & CaseIterable>(_ keys: Keys.Type) -> [String] {
        keys.allCases.map(\.stringValue)
    }
}
