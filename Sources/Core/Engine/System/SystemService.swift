import Logging

/// What the daemon is at, and its host.
public final class SystemService: Sendable {
    let daemonID: String
    let configuration: EngineConfiguration
    let containers: ContainerTable
    let shown: ContainerService
    let images: ImageService
    let volumes: VolumeService
    let networks: NetworkService
    let drivers: DriverClient
    let events: EventBus
    let runtime: ContainerRuntime
    let blocking: Blocking
    let logger: Logger

    init(
        daemonID: String, configuration: EngineConfiguration, containers: ContainerTable, shown: ContainerService,
        images: ImageService, volumes: VolumeService, networks: NetworkService, drivers: DriverClient, events: EventBus,
        runtime: ContainerRuntime, blocking: Blocking, logger: Logger
    ) {
        self.daemonID = daemonID
        self.configuration = configuration
        self.containers = containers
        self.shown = shown
        self.images = images
        self.volumes = volumes
        self.networks = networks
        self.drivers = drivers
        self.events = events
        self.runtime = runtime
        self.blocking = blocking
        self.logger = logger
    }
}
