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
    let bus = EventBus()
    let blocking: Blocking
    let logger: Logger
    let containers = ContainerTable()
    let networks = NetworkTable()
    let volumes = VolumeTable()
    let images: ImageTable
    let imageStore: ImageStore
    let drivers: PluginRegistry
    let sandboxes: SandboxPool
    let ports = PortAllocator()
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
        images = ImageTable()
        trash = try Trash(directory: paths.trash) { logger.error("\($0)") }
        _ = try database.sweepDriverState()
        let services = DriverServices(database: database, logger: logger, lostEndpoints: lostEndpoints)
        drivers = PluginRegistry(
            pluginsDirectory: configuration.pluginsDirectory, modulesDirectory: configuration.modulesDirectory,
            crashDirectory: configuration.crashDirectory, hostServices: services,
            sharedOptions: configuration.sharedDriverOptions,
            places: PluginPlaces(sockets: configuration.pluginSockets, specs: configuration.pluginSpecs))
        sandboxes = try SandboxPool(directory: paths.sandboxes, depth: configuration.sandboxPoolDepth)
        runtime = try ContainerRuntime(configuration: configuration, daemonID: daemonID)
        monitors = MonitorRefill(launcher: runtime.launcher, pool: blocking.pool)
        makeReserveAgainAfterUse()
    }
}
