/// What a container may do with devices: everything, or only what the rules say.
public enum DevicePolicy: Sendable, Hashable {
    /// A privileged container: no restriction beyond that of the parent cgroup.
    case unrestricted
    /// Only what one of the rules allows.
    case allowOnly([DeviceRule])

    /// What every container may use: making any node, and using null, zero, full, random, urandom, tty, ptmx and
    /// pseudo-terminals. Docker's list has the host's console and tun as well: a container's own /dev/console is a
    /// pseudo-terminal, and tun is of no use without CAP_NET_ADMIN.
    public static let containerDefault: [DeviceRule] = [
        DeviceRule(.character, nil, nil, .mknod),
        DeviceRule(.block, nil, nil, .mknod),
        DeviceRule(.character, 1, 3, .all),  // null
        DeviceRule(.character, 1, 5, .all),  // zero
        DeviceRule(.character, 1, 7, .all),  // full
        DeviceRule(.character, 1, 8, .all),  // random
        DeviceRule(.character, 1, 9, .all),  // urandom
        DeviceRule(.character, 5, 0, .all),  // tty
        DeviceRule(.character, 5, 2, .all),  // ptmx
        DeviceRule(.character, 136, nil, .all),  // pts/*
    ]

    /// What a container that may set up its network may use beside: programs for VPNs make the node themselves.
    public static let tun = DeviceRule(.character, 10, 200, .all)

    /// The policy of a container: privileged ones may use everything, others the defaults, what their capabilities are
    /// good for, the devices mapped into them (`--device`) and what `--device-cgroup-rule` adds.
    public static func container(
        privileged: Bool, capabilities: CapabilitySet = .containerDefault, devices: [HostDevice] = [],
        rules: [DeviceRule] = []
    ) -> DevicePolicy {
        if privileged { return .unrestricted }
        let managesNetwork = Capability(name: "NET_ADMIN").map(capabilities.contains) ?? false
        return .allowOnly(containerDefault + (managesNetwork ? [tun] : []) + devices.map(\.rule) + rules)
    }
}
