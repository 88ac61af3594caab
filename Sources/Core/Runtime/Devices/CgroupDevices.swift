extension Cgroup {
    /// Puts a device policy on the cgroup: rules of the devices controller on v1, an eBPF program on v2.
    /// Throws `ConfinementError.system`, also on a host without either: whoever may make nodes could use every device
    /// there, the host's disks too.
    package func restrict(_ policy: DevicePolicy) throws {
        guard case .allowOnly(let rules) = policy else { return }
        if layout.version == .v2 {
            try DeviceProgram(allowing: rules).attach(to: layout.hierarchies[0].mountPoint + path)
        } else {
            guard let directory = directory(of: "devices") else {
                throw ConfinementError(
                    kind: .system,
                    message: "restrict devices of `\(path)`: this host has no devices controller for cgroups; only a "
                        + "privileged container runs without")
            }
            try ControlFile.write(directory + "/devices.deny", "a")
            try ControlFile.write(directory + "/devices.allow", rules.map(\.text))
        }
    }
}
