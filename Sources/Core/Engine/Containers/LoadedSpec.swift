import Model
import Spec

extension ContainerSpec {
    /// Reads a record that is there already. One that cannot be read is the daemon's trouble, not the client's: an earlier
    /// version took it, or somebody has changed it. The container is shown and can be removed; it cannot be started.
    static func loaded(_ record: ContainerRecord) -> Result<ContainerSpec, BerthError> {
        do {
            return .success(try ContainerSpec(record))
        } catch {
            return .failure(
                .system("container \(record.id.prefix(12)): its configuration cannot be read: \(error)"))
        }
    }
}
