/// The kinds of driver. The raw value is the word in a descriptor's `kinds`.
public enum DriverKind: String, Codable, Sendable, CaseIterable {
    /// Networks and endpoints: Docker's NetworkDriver.
    case network
    /// Address pools and leases: Docker's IpamDriver.
    case ipam
    /// DNS names, aliases and links: Berth's own.
    case name
    /// Volumes: Docker's VolumeDriver.
    case volume

    /// The name in the reply to `Plugin.Activate`, which is also the prefix of the kind's methods.
    public var implements: String {
        switch self {
        case .network: "NetworkDriver"
        case .ipam: "IpamDriver"
        case .name: "NameDriver"
        case .volume: "VolumeDriver"
        }
    }
}
