import Images
import Logging
import Model
import State

/// Removes containers, for clients, by `--rm` and what an earlier daemon had begun.
///
/// Methods may be called from any task, at once.
public final class RemovalService: Sendable {
    let containers: ContainerTable
    let lifecycle: Lifecycle
    let volumes: VolumeService
    let images: ImageService
    let execs: ExecService
    let database: Database
    let events: EventBus
    let owed: OwedWork
    let disposal: TreeDisposal
    let blocking: Blocking
    let paths: DataPaths
    let logger: Logger

    init(
        containers: ContainerTable, lifecycle: Lifecycle, volumes: VolumeService, images: ImageService,
        execs: ExecService, database: Database, events: EventBus, owed: OwedWork, disposal: TreeDisposal,
        blocking: Blocking, paths: DataPaths, logger: Logger
    ) {
        self.containers = containers
        self.lifecycle = lifecycle
        self.volumes = volumes
        self.images = images
        self.execs = execs
        self.database = database
        self.events = events
        self.owed = owed
        self.disposal = disposal
        self.blocking = blocking
        self.paths = paths
        self.logger = logger
    }
}
