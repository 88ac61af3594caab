import Addresses
import DriverKit
import Netlink

/// The options of a bridge network that a user gives (`docker network create -o`), each checked. One that is not known
/// is refused: a misspelt option must not be passed over in silence.
struct BridgeOptions {
    private static let bridge = "com.docker.network.bridge."

    var name = ""
    var masquerade = true
    var communication = true
    /// Bytes; nil for the driver's default.
    var mtu: Int?

    /// - Throws: `DriverError`: `.invalid` naming an option that is unknown or has a value that cannot be meant,
    ///   `.notImplemented` for what Docker has and this driver has not.
    init(_ values: [String: JSONValue]) throws(DriverError) {
        for (option, value) in values.sorted(by: { $0.key < $1.key }) { try take(option, value) }
    }

    private mutating func take(_ option: String, _ value: JSONValue) throws(DriverError) {
        switch option {
        case Self.bridge + "name": name = value.string ?? ""
        case Self.bridge + "enable_ip_masquerade": masquerade = try Self.flag(option, value)
        case Self.bridge + "enable_icc": communication = try Self.flag(option, value)
        case Self.bridge + "default_bridge": _ = try Self.flag(option, value)
        case Self.bridge + "host_binding_ipv4": try Self.checkAddress(option, value)
        case "com.docker.network.driver.mtu":
            guard let number = value.integer, (68...65535).contains(number) else { throw Self.invalid(option, value) }
            mtu = Int(number)
        // The core's own: it names the interfaces.
        case "com.docker.network.container_iface_prefix": break
        // Options of dockerd's that minikube gives networks, where Docker passes over them: both mean what is so anyway.
        case "--ip-masq", "--icc":
            if value.string != "", try !Self.flag(option, value) { throw Self.unsupported(option, value) }
        case Self.bridge + "gateway_mode_ipv4", Self.bridge + "gateway_mode_ipv6":
            switch value.string {
            case "", "nat": break
            case "nat-unprotected", "routed", "isolated": throw Self.unsupported(option, value)
            default: throw Self.invalid(option, value)
            }
        case Self.bridge + "inhibit_ipv4", "com.docker.network.enable_ipv6":
            if try Self.flag(option, value) { throw Self.unsupported(option, value) }
        case "com.docker.network.enable_ipv4":
            guard try Self.flag(option, value) else { throw Self.unsupported(option, value) }
        case "com.docker.network.host_ipv4", "com.docker.network.host_ipv6", Self.bridge + "trusted_host_interfaces":
            throw Self.unsupported(option, value)
        default: throw .invalid("unknown option \(option) for a bridge network")
        }
    }

    private static func flag(_ option: String, _ value: JSONValue) throws(DriverError) -> Bool {
        guard let flag = value.bool else { throw invalid(option, value) }
        return flag
    }

    private static func checkAddress(_ option: String, _ value: JSONValue) throws(DriverError) {
        guard let text = value.string, text.isEmpty || IPAddress(text)?.isIPv4 == true else {
            throw invalid(option, value)
        }
    }

    private static func invalid(_ option: String, _ value: JSONValue) -> DriverError {
        .invalid("invalid value \(quoted(value)) for option \(option)")
    }

    private static func unsupported(_ option: String, _ value: JSONValue) -> DriverError {
        DriverError(.notImplemented, "bridge network: option \(option)=\(value.string ?? "") is not implemented yet")
    }

    private static func quoted(_ value: JSONValue) -> String { value.string.map { "\"\($0)\"" } ?? "\(value)" }
}
