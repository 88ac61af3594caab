import Glibc
import Netlink

/// A kernel parameter of one interface: the file /proc/sys/net/FAMILY/GROUP/INTERFACE/NAME.
public struct InterfaceSetting: Sendable, Hashable {
    /// `ipv4`, `ipv6` or `mpls`.
    public var family: String
    /// `conf` or `neigh`.
    public var group: String
    public var name: String
    public var value: String

    public init(family: String, group: String, name: String, value: String) {
        self.family = family
        self.group = group
        self.name = name
        self.value = value
    }

    /// Its name as sysctl(8) says it.
    public func description(on interface: String) -> String { "net.\(family).\(group).\(interface).\(name)" }
}

extension Sandbox {
    /// Writes kernel parameters of an interface inside, in their order.
    /// Throws `NetlinkError` naming the file: ENOENT where the kernel has no such parameter, EINVAL for a value that it
    /// does not take.
    public func write(_ settings: [InterfaceSetting], of interface: String) throws {
        guard !settings.isEmpty else { return }
        try NetworkNamespace(path: path).run {
            for setting in settings {
                try writeSetting(
                    "/proc/sys/net/\(setting.family)/\(setting.group)/\(interface)/\(setting.name)", setting.value)
            }
        }
    }
}
