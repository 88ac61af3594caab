import LaunchPlan
import Model

/// How one of a container's mounts is to be made, beside what its record says of it.
package struct MountForm: Sendable, Equatable {
    /// Of a tmpfs.
    package var tmpfs: TmpfsOptions?
    /// Of a bind mount or volume.
    package var propagation: LaunchPlan.Propagation

    /// - Throws: `BerthError.invalid` for options of a tmpfs that there are not.
    package init(_ mount: ContainerMount) throws {
        tmpfs = mount.kind == .tmpfs ? try TmpfsOptions(parsing: mount.data) : nil
        propagation =
            switch mount.propagation {
            case "rshared", "shared": .shared
            case "rslave", "slave": .slave
            default: .private
            }
    }

    /// By the places of the mounts, of which there are no two alike.
    /// - Throws: as `init`.
    package static func all(_ mounts: [ContainerMount]) throws -> [String: MountForm] {
        Dictionary(try mounts.map { ($0.destination, try MountForm($0)) }) { _, last in last }
    }
}
