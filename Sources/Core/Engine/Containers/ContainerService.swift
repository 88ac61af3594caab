import Images
import Logging
import Model
import State

/// Containers as records: made, renamed, changed, listed and shown. What they do is `Lifecycle`'s.
///
/// Methods may be called from any task, at once.
public final class ContainerService: Sendable {
    let containers: ContainerTable
    let images: ImageService
    let networks: NetworkService
    let volumes: VolumeService
    let database: Database
    let events: EventBus
    let owed: OwedWork
    let store: ImageStore
    let runtime: ContainerRuntime
    let disposal: TreeDisposal
    let blocking: Blocking
    let paths: DataPaths

    init(
        containers: ContainerTable, images: ImageService, networks: NetworkService, volumes: VolumeService,
        database: Database, events: EventBus, owed: OwedWork, store: ImageStore, runtime: ContainerRuntime,
        disposal: TreeDisposal, blocking: Blocking, paths: DataPaths
    ) {
        self.containers = containers
        self.images = images
        self.networks = networks
        self.volumes = volumes
        self.database = database
        self.events = events
        self.owed = owed
        self.store = store
        self.runtime = runtime
        self.disposal = disposal
        self.blocking = blocking
        self.paths = paths
    }

    func writableLayer(of id: String) -> ContainerLayer {
        ContainerLayer(root: paths.container(id).kept)
    }
}
