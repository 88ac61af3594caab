/// A set of capabilities as the kernel keeps it: bit N stands for capability N.
public struct CapabilitySet: OptionSet, Sendable, Hashable {
    public var rawValue: UInt64

    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    public init(_ capabilities: some Sequence<Capability>) {
        rawValue = capabilities.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    }

    public func contains(_ capability: Capability) -> Bool {
        rawValue & (1 << UInt64(capability.rawValue)) != 0
    }

    /// The members in the order of their bits.
    public var members: [Capability] {
        (0..<UInt8(64)).map(Capability.init(rawValue:)).filter(contains)
    }

    /// What a container has unless it asks for more or less: the same 14 as Docker.
    public static let containerDefault = CapabilitySet(
        [
            "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
            "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
        ].compactMap(Capability.init(name:)))
}
