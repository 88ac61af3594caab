/// A kernel parameter that a container may set (`--sysctl`): one of those that each network, IPC or UTS namespace has for
/// itself.
///
/// Which those are: network_namespaces(7), ipc_namespaces(7), uts_namespaces(7); the list is that of runc.
public struct Sysctl: Sendable, Hashable {
    public enum Scope: Sendable, Hashable {
        case network, ipc, uts
    }

    /// As the client gave it.
    public var name: String
    /// The file below /proc/sys: `net/ipv4/ip_forward`.
    public var path: String
    public var value: String
    /// The kind of namespace that the parameter belongs to. To set it in the host's would be to set the host's.
    public var scope: Scope

    /// Reads a name with dots (`net.ipv4.ip_forward`) or slashes between its parts. The separator that comes first is
    /// the one that separates; the other then stands for a dot within a part (`net.ipv4.conf.eth0/100.forwarding`), as
    /// sysctl(8) has it.
    ///
    /// Throws `ConfinementError.invalid` where the parameter belongs to no namespace, or is the host name, which has an
    /// option of its own.
    public init(name: String, value: String) throws {
        let separator = name.utf8.first { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "/") }
        let path =
            separator == UInt8(ascii: ".")
            ? String(decoding: name.utf8.map(Self.exchanged), as: UTF8.self) : name
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { ["", ".", ".."].contains($0) }), !(name + value).utf8.contains(0) else {
            throw ConfinementError.invalid("invalid sysctl \"\(name)\"")
        }
        guard let scope = Self.scope(parts) else {
            throw ConfinementError.invalid(
                path == "kernel/hostname"
                    ? "sysctl \"\(name)\" is not allowed as it conflicts with the hostname option"
                    : "sysctl \"\(name)\" is not in a separate kernel namespace")
        }
        self.name = name
        self.path = path
        self.value = value
        self.scope = scope
    }

    /// The error for a container that has no namespace of the kind for itself.
    public var sharedWithHost: ConfinementError {
        switch scope {
        case .network: .invalid("sysctl \"\(name)\" not allowed in host network namespace")
        case .ipc: .invalid("sysctl \"\(name)\" is not allowed in the hosts ipc namespace")
        case .uts: .invalid("sysctl \"\(name)\" is not allowed in the hosts uts namespace")
        }
    }

    private static let ipcParameters: Set<String> = [
        "msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced",
    ]

    private static func scope(_ parts: [Substring]) -> Scope? {
        switch parts.first {
        case "net" where parts.count > 1: .network
        case "fs" where parts.count > 2 && parts[1] == "mqueue": .ipc
        case "kernel" where parts.count == 2 && ipcParameters.contains(String(parts[1])): .ipc
        case "kernel" where parts.count == 2 && parts[1] == "domainname": .uts
        default: nil
        }
    }

    private static func exchanged(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "."): UInt8(ascii: "/")
        case UInt8(ascii: "/"): UInt8(ascii: ".")
        default: byte
        }
    }
}
