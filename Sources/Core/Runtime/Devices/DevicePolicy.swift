/// What a container may do with devices: everything, or only what the rules say.
public enum DevicePolicy: Sendable, Hashable {
    /// A privileged container: no restriction beyond that of the parent cgroup.
    case unrestricted
    /// Only what one of the rules allows.
    case allowOnly([DeviceRule])

    /// What every container may use: making any node, and using null, zero, full, random, urandom, tty, console, ptmx,
    /// pseudo-terminals and tun. The same as Docker's.
    public static let containerDefault: [DeviceRule] = [
        DeviceRule(.character, nil, nil, .mknod),
        DeviceRule(.block, nil, nil, .mknod),
        DeviceRule(.character, 1, 3, .all),  // null
        DeviceRule(.character, 1, 5, .all),  // zero
        DeviceRule(.character, 1, 7, .all),  // full
        DeviceRule(.character, 1, 8, .all),  // random
        DeviceRule(.character, 1, 9, .all),  // urandom
        DeviceRule(.character, 5, 0, .all),  // tty
        DeviceRule(.character, 5, 1, .all),  // console
        DeviceRule(.character, 5, 2, .all),  // ptmx
        DeviceRule(.character, 136, nil, .all),  // pts/*
        DeviceRule(.character, 10, 200, .all),  // net/tun
    ]

    /// The policy of a container: privileged ones may use everything, others the defaults, the devices mapped into
    /// them (`--device`) and what `--device-cgroup-rule` adds.
    public static func container(
        privileged: Bool, devices: [HostDevice] = [], rules: [DeviceRule] = []
    ) -> DevicePolicy {
        privileged ? .unrestricted : .allowOnly(containerDefault + devices.map(\.rule) + rules)
    }
}
