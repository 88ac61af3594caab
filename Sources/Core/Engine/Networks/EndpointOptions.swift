import Model
import PluginProtocol
import Sandbox

/// Driver options of an endpoint that the core carries out, whatever driver its network has. All of them go to the
/// driver too, which refuses those that neither knows.
struct EndpointOptions: Sendable, Equatable {
    /// The interface's name in the container.
    static let interfaceName = NetworkOption.interfaceName
    /// Kernel parameters of the interface: "net.ipv4.conf.IFNAME.log_martians=1,…".
    static let sysctls = NetworkOption.interfaceSettings

    /// Nil for one that the core chooses.
    var interface: String?
    var settings: [InterfaceSetting] = []

    /// - Throws: `BerthError.invalid` naming the option.
    init(_ options: [String: String]) throws {
        if let name = options[Self.interfaceName] {
            guard InterfaceNames.isValid(name) else {
                throw BerthError.invalid(
                    "invalid \(Self.interfaceName) \"\(name)\": an interface's name has 1 to 15 bytes and no space, "
                        + "slash or colon, and is not lo")
            }
            interface = name
        }
        guard let text = options[Self.sysctls], !text.isEmpty else { return }
        settings = try text.split(separator: ",", omittingEmptySubsequences: false).map { entry in
            guard let setting = Self.setting(entry) else {
                throw BerthError.invalid(
                    "invalid \(Self.sysctls) \"\(entry)\": it should be "
                        + "net.ipv4.conf.IFNAME.NAME=VALUE, with the word IFNAME for the interface")
            }
            return setting
        }
    }

    /// "net.FAMILY.GROUP.IFNAME.NAME=VALUE"; the docker command sends all of it in small letters.
    private static func setting(_ entry: Substring) -> InterfaceSetting? {
        guard let equals = entry.firstIndex(of: "=") else { return nil }
        let parts = entry[..<equals].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let value = String(entry[entry.index(after: equals)...])
        guard parts.count == 5, parts[0] == "net", parts[3].uppercased() == "IFNAME", !value.isEmpty,
            ["ipv4", "ipv6", "mpls"].contains(parts[1]), [parts[2], parts[4]].allSatisfy(isFileName)
        else { return nil }
        return InterfaceSetting(family: parts[1], group: parts[2], name: parts[4], value: value)
    }

    private static func isFileName(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
            }
    }
}

/// Names of interfaces in containers.
enum InterfaceNames {
    /// The option of a network that says what comes before the number.
    static let prefixOption = "com.docker.network.container_iface_prefix"
    private static let standardPrefix = "eth"

    /// As the kernel takes them (dev_valid_name), and not the one that every namespace has.
    static func isValid(_ name: String) -> Bool {
        (1...15).contains(name.utf8.count) && name != "." && name != ".." && name != "lo"
            && name.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 0x2F && $0 != 0x3A && $0 != 0x25 }
    }

    /// - Throws: `BerthError.invalid` for a prefix that no name can begin with.
    static func checkPrefix(_ options: [String: String]) throws {
        guard let prefix = options[prefixOption], !prefix.isEmpty else { return }
        guard prefix.utf8.count <= 12, isValid(prefix + "0") else {
            throw BerthError.invalid(
                "invalid value \"\(prefix)\" for option \(prefixOption): at most 12 bytes without a space, slash or colon"
            )
        }
    }

    /// The name on a network of an interface that has none of its own: the prefix and the first free number.
    static func choose(on network: NetworkRecord, beside used: some Sequence<String>) -> String {
        let wanted = network.options[prefixOption] ?? ""
        let prefix = wanted.isEmpty ? standardPrefix : wanted
        let used = Set(used)
        var number = 0
        while used.contains("\(prefix)\(number)") { number += 1 }
        return "\(prefix)\(number)"
    }
}
