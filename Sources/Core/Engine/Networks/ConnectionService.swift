import Logging
import Model
import State

/// Puts running containers on further networks and takes them off, and keeps the way out of each where it belongs.
public final class ConnectionService: Sendable {
    let containers: ContainerTable
    let networks: NetworkService
    let endpoints: EndpointService
    let database: Database
    let owed: OwedWork
    let blocking: Blocking
    let paths: DataPaths
    let logger: Logger

    init(
        containers: ContainerTable, networks: NetworkService, endpoints: EndpointService, database: Database,
        owed: OwedWork, blocking: Blocking, paths: DataPaths, logger: Logger
    ) {
        self.containers = containers
        self.networks = networks
        self.endpoints = endpoints
        self.database = database
        self.owed = owed
        self.blocking = blocking
        self.paths = paths
        self.logger = logger
    }
}
