extension Cgroup {
    /// Puts a device policy on the cgroup: rules of the devices controller on v1, an eBPF program on v2.
    /// Throws `ConfinementError.system`. Hosts without either are left as they are.
    package func restrict(_ policy: DevicePolicy) throws {
        guard case .allowOnly(let rules) = policy else { return }
        if layout.version == .v2 {
            try DeviceProgram(allowing: rules).attach(to: layout.hierarchies[0].mountPoint + path)
        } else if let directory = directory(of: "devices") {
            try ControlFile.write(directory + "/devices.deny", "a")
            try ControlFile.write(directory + "/devices.allow", rules.map(\.text))
        }
    }
}
