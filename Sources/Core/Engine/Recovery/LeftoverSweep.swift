import Images
import Logging
import Model
import Sandbox
import State

/// Removes from the kernel and the disk what belongs to nothing.
final class LeftoverSweep: Sendable {
    let containers: ContainerTable
    let networks: NetworkService
    let images: ImageService
    let drivers: DriverClient
    let sandboxes: SandboxPool
    let runtime: ContainerRuntime
    let database: Database
    let unreadable: UnreadableRecords
    let trash: Trash
    let blocking: Blocking
    let paths: DataPaths
    let logger: Logger

    init(
        containers: ContainerTable, networks: NetworkService, images: ImageService, drivers: DriverClient,
        sandboxes: SandboxPool, runtime: ContainerRuntime, database: Database, unreadable: UnreadableRecords,
        trash: Trash, blocking: Blocking, paths: DataPaths, logger: Logger
    ) {
        self.containers = containers
        self.networks = networks
        self.images = images
        self.drivers = drivers
        self.sandboxes = sandboxes
        self.runtime = runtime
        self.database = database
        self.unreadable = unreadable
        self.trash = trash
        self.blocking = blocking
        self.paths = paths
        self.logger = logger
    }
}
