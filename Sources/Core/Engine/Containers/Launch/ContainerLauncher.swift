import Images
import Logging
import Model
import Sandbox
import State

/// Makes what a container needs in the kernel and has its monitor start it, and takes all that away again.
final class ContainerLauncher: Sendable {
    let containers: ContainerTable
    let networks: NetworkService
    let endpoints: EndpointService
    let volumes: VolumeService
    let sandboxes: SandboxPool
    let runtime: ContainerRuntime
    let store: ImageStore
    let monitors: MonitorRefill
    let supervisor: ContainerSupervisor
    let database: Database
    let blocking: Blocking
    let paths: DataPaths
    let logger: Logger

    init(
        containers: ContainerTable, networks: NetworkService, endpoints: EndpointService, volumes: VolumeService,
        sandboxes: SandboxPool, runtime: ContainerRuntime, store: ImageStore, monitors: MonitorRefill,
        supervisor: ContainerSupervisor, database: Database, blocking: Blocking, paths: DataPaths, logger: Logger
    ) {
        self.containers = containers
        self.networks = networks
        self.endpoints = endpoints
        self.volumes = volumes
        self.sandboxes = sandboxes
        self.runtime = runtime
        self.store = store
        self.monitors = monitors
        self.supervisor = supervisor
        self.database = database
        self.blocking = blocking
        self.paths = paths
        self.logger = logger
    }
}
