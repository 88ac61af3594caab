import Model
import Runtime

/// A device of the host that a container is to have (`--device`). What stands at the path is looked up at each start.
package struct DeviceRequest: Sendable, Hashable {
    package var hostPath: String
    /// "" for the same as on the host.
    package var containerPath: String
    package var access: DeviceRule.Access

    /// - Throws: `BerthError.invalid` for permissions other than the letters r, w and m.
    package init(_ mapping: DeviceMapping) throws {
        let letters = mapping.cgroupPermissions
        guard let access = letters.isEmpty ? .all : DeviceRule.Access(letters: letters) else {
            throw BerthError.invalid("invalid device mode: \(letters)")
        }
        hostPath = mapping.pathOnHost
        containerPath = mapping.pathInContainer
        self.access = access
    }

    /// The nodes that it stands for now: several where the path is a directory's. Blocking.
    /// - Throws: `ConfinementError` with Docker's text where the path is absent or no device.
    package func find() throws -> [HostDevice] {
        try HostDevice.find(hostPath: hostPath, containerPath: containerPath, access: access)
    }
}
