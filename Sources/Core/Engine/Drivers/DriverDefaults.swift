/// Which driver stands for what, where a client does not say or says it in Docker's words.
package enum DriverDefaults {
    /// Of a volume.
    package static let volume = "local"
    /// Of the network that containers are on when nobody says otherwise. A start waits for what it has to say.
    package static let network = "bridge"
    /// Networks that need no driver: the host's own, and none.
    package static let withoutDriver = ["host", "null"]
    /// Docker's name for no ipam driver: the network's driver sees to addresses, or there are none.
    package static let noIpam = "null"

    /// Docker calls its own ipam driver "default".
    package static func ipam(_ name: String) -> String { name == "default" || name.isEmpty ? "ipam" : name }
}
