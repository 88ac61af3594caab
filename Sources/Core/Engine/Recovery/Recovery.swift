import Images
import Logging
import Model
import State

/// Picks up what an earlier daemon left, once, before serving.
final class Recovery: Sendable {
    let containers: ContainerTable
    let running: ContainerRecovery
    let leftovers: LeftoverSweep
    let images: ImageService
    let networks: NetworkService
    let volumes: VolumeService
    let endpoints: EndpointService
    let connections: ConnectionService
    let lostEndpoints: LostEndpoints
    let database: Database
    let unreadable: UnreadableRecords
    let trash: Trash
    let blocking: Blocking
    let logger: Logger

    init(
        containers: ContainerTable, running: ContainerRecovery, leftovers: LeftoverSweep, images: ImageService,
        networks: NetworkService, volumes: VolumeService, endpoints: EndpointService, connections: ConnectionService,
        lostEndpoints: LostEndpoints, database: Database, unreadable: UnreadableRecords, trash: Trash,
        blocking: Blocking, logger: Logger
    ) {
        self.containers = containers
        self.running = running
        self.leftovers = leftovers
        self.images = images
        self.networks = networks
        self.volumes = volumes
        self.endpoints = endpoints
        self.connections = connections
        self.lostEndpoints = lostEndpoints
        self.database = database
        self.unreadable = unreadable
        self.trash = trash
        self.blocking = blocking
        self.logger = logger
    }
}
