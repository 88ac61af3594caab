import Logging
import Model
import State

/// Adopts containers that run, and has undone what is left of those that do not.
final class ContainerRecovery: Sendable {
    let containers: ContainerTable
    let supervisor: ContainerSupervisor
    let removal: RemovalService
    let endpoints: EndpointService
    let connections: ConnectionService
    let volumes: VolumeService
    let runtime: ContainerRuntime
    let database: Database
    let owed: OwedWork
    let blocking: Blocking
    let paths: DataPaths
    let logger: Logger

    init(
        containers: ContainerTable, supervisor: ContainerSupervisor, removal: RemovalService,
        endpoints: EndpointService, connections: ConnectionService, volumes: VolumeService, runtime: ContainerRuntime,
        database: Database, owed: OwedWork, blocking: Blocking, paths: DataPaths, logger: Logger
    ) {
        self.containers = containers
        self.supervisor = supervisor
        self.removal = removal
        self.endpoints = endpoints
        self.connections = connections
        self.volumes = volumes
        self.runtime = runtime
        self.database = database
        self.owed = owed
        self.blocking = blocking
        self.paths = paths
        self.logger = logger
    }
}
