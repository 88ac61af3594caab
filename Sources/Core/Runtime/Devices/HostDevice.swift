import Glibc

/// A device node of the host that is to appear in a container (`--device`).
public struct HostDevice: Sendable, Hashable {
    /// Where the node is to appear in the container.
    public var path: String
    /// The node itself, for where a new one may not be made and this one is bound instead.
    public var hostPath: String
    /// `.character` or `.block`.
    public var kind: DeviceRule.Kind
    public var major: UInt32
    public var minor: UInt32
    /// The permission bits, e.g. 0o666.
    public var mode: UInt32
    public var uid: UInt32
    public var gid: UInt32
    /// What the container may do with it.
    public var access: DeviceRule.Access

    public init(
        path: String, hostPath: String? = nil, kind: DeviceRule.Kind, major: UInt32, minor: UInt32,
        mode: UInt32 = 0o666, uid: UInt32 = 0, gid: UInt32 = 0, access: DeviceRule.Access = .all
    ) {
        self.path = path
        self.hostPath = hostPath ?? path
        self.kind = kind
        self.major = major
        self.minor = minor
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.access = access
    }

    public var rule: DeviceRule { DeviceRule(kind, major, minor, access) }

    /// The nodes that every container has in /dev, all readable and writable by everybody (mode 0666, root's).
    public static let containerDefault: [HostDevice] = [
        HostDevice(path: "/dev/null", kind: .character, major: 1, minor: 3),
        HostDevice(path: "/dev/zero", kind: .character, major: 1, minor: 5),
        HostDevice(path: "/dev/full", kind: .character, major: 1, minor: 7),
        HostDevice(path: "/dev/random", kind: .character, major: 1, minor: 8),
        HostDevice(path: "/dev/urandom", kind: .character, major: 1, minor: 9),
        HostDevice(path: "/dev/tty", kind: .character, major: 5, minor: 0),
    ]
}
