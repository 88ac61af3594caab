import Images
import Logging
import Model
import PluginLoader
import Runtime
import Sandbox
import State
import Synchronization

/// The use cases of the engine: containers, images, networks, volumes and events.
///
/// Methods may be called from any task, at once. Each throws `BerthError` whose code is the HTTP status a client sees.
public final class Engine: Sendable {
    public let configuration: EngineConfiguration
    let paths: DataPaths
    let database: Database
    public let events = EventBus()
    let blocking: Blocking
    let logger: Logger
    let containers = ContainerTable()
    public let networks: NetworkService
    public let connections: ConnectionService
    let endpoints: EndpointService
    public let volumes: VolumeService
    public let images: ImageService
    let imageStore: ImageStore
    let drivers: DriverClient
    let sandboxes: SandboxPool
    let runtime: ContainerRuntime
    let monitors: MonitorRefill
    let execs = ExecTable()
    let trash: Trash
    let owed: OwedWork
    /// 64 hexadecimal digits.
    public let daemonID: String
    /// Rows of the database that cannot be read: what they stand for is left alone.
    let unreadable = UnreadableRecords()
    let lostEndpoints = LostEndpoints()

    /// Opens what the daemon has kept, without touching the world yet: `recover()` does that.
    /// - Throws: `BerthError` naming the path or database that could not be opened.
    public init(configuration: EngineConfiguration, logger: Logger) throws {
        self.configuration = configuration
        self.logger = logger
        paths = DataPaths(dataRoot: configuration.dataRoot, execRoot: configuration.execRoot)
        try paths.make()
        for warning in paths.warnings { logger.warning("\(warning)") }
        owed = OwedWork(logger: logger)
        imageStore = try ImageStore(root: paths.images)
        let dataRoot = Self.dataRoot(paths, imageStore, logger)
        let root = try DiskReserve(dataRoot: paths.dataRoot).opening { try dataRoot.open() }
        database = root.database
        if root.mayBeOld { try Self.takeInNamelessImages(imageStore, root.database, logger) }
        daemonID = root.id
        blocking = Blocking(threads: configuration.blockingThreads)
        images = ImageService(
            store: imageStore, database: database, events: events, usage: containers, unreadable: unreadable,
            blocking: blocking, logger: logger)
        trash = try Trash(directory: paths.trash) { logger.error("\($0)") }
        _ = try database.sweepDriverState()
        let services = DriverServices(database: database, logger: logger, lostEndpoints: lostEndpoints)
        let registry = PluginRegistry(
            pluginsDirectory: configuration.pluginsDirectory, modulesDirectory: configuration.modulesDirectory,
            crashDirectory: configuration.crashDirectory, hostServices: services,
            sharedOptions: configuration.sharedDriverOptions,
            places: PluginPlaces(sockets: configuration.pluginSockets, specs: configuration.pluginSpecs))
        drivers = DriverClient(registry: registry, logger: logger)
        networks = NetworkService(
            database: database, drivers: drivers, events: events, usage: containers, owed: owed,
            bridge: .init(name: configuration.bridge, address: configuration.bip), logger: logger)
        endpoints = EndpointService(
            networks: networks, ports: PortAllocator(), database: database, drivers: drivers, events: events,
            usage: containers, owed: owed, blocking: blocking, logger: logger)
        connections = ConnectionService(
            containers: containers, networks: networks, endpoints: endpoints, database: database, owed: owed,
            blocking: blocking, paths: paths, logger: logger)
        volumes = VolumeService(
            database: database, drivers: drivers, events: events, usage: containers, owed: owed, blocking: blocking,
            store: imageStore, logger: logger)
        sandboxes = try SandboxPool(directory: paths.sandboxes, depth: configuration.sandboxPoolDepth)
        runtime = try ContainerRuntime(configuration: configuration, daemonID: daemonID)
        monitors = MonitorRefill(launcher: runtime.launcher, pool: blocking.pool)
        makeReserveAgainAfterUse()
    }
}
