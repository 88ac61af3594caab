/// One capability of Linux (capabilities(7)); the raw value is its bit number.
public struct Capability: RawRepresentable, Sendable, Hashable, Comparable {
    public var rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Finds a capability by name, with or without `CAP_` in front and in any case; nil where there is none.
    public init?(name: String) {
        var bare = name.uppercased()
        if bare.hasPrefix("CAP_") {
            bare.removeFirst(4)
        }
        guard let number = Capability.names.firstIndex(of: bare) else { return nil }
        self.rawValue = UInt8(number)
    }

    /// The name as Docker writes it, e.g. `CAP_NET_ADMIN`.
    public var name: String {
        let number = Int(rawValue)
        return number < Capability.names.count ? "CAP_" + Capability.names[number] : "CAP_\(number)"
    }

    public static func < (left: Capability, right: Capability) -> Bool { left.rawValue < right.rawValue }

    /// All that have a name, in the order of their bits.
    public static var allKnown: [Capability] { names.indices.map { Capability(rawValue: UInt8($0)) } }

    /// Bit numbers of include/uapi/linux/capability.h: the position is the number.
    static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]
}
