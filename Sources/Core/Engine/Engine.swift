import Images
import Logging
import Model
import PluginLoader
import Runtime
import Sandbox
import State

/// The engine: puts together the services that Server calls, and ends them.
///
/// Services' methods may be called from any task, at once. Each throws `BerthError` whose code is the HTTP status a client
/// sees.
public final class Engine: Sendable {
    public let containers: ContainerService
    public let lifecycle: Lifecycle
    public let removal: RemovalService
    public let streams: StreamService
    public let execs: ExecService
    public let networks: NetworkService
    public let connections: ConnectionService
    public let volumes: VolumeService
    public let images: ImageService
    public let events: EventBus
    public let system: SystemService
    /// 64 hexadecimal digits.
    public let daemonID: String
    let recovery: Recovery
    let closing: Closing

    /// Opens what the daemon has kept, without touching the world yet: `recover()` does that.
    /// - Throws: `BerthError` naming the path or database that could not be opened.
    public init(configuration: EngineConfiguration, logger: Logger) throws {
        let paths = DataPaths(dataRoot: configuration.dataRoot, execRoot: configuration.execRoot)
        try paths.make()
        for warning in paths.warnings { logger.warning("\(warning)") }
        let store = try ImageStore(root: paths.images)
        let root = try DiskReserve(dataRoot: paths.dataRoot).opening { try Self.dataRoot(paths, store, logger).open() }
        let database = root.database
        if root.mayBeOld { try Self.takeInNamelessImages(store, database, logger) }
        daemonID = root.id
        let blocking = Blocking(threads: configuration.blockingThreads)
        let owed = OwedWork(logger: logger)
        let trash = try Trash(directory: paths.trash) { logger.error("\($0)") }
        _ = try database.sweepDriverState()

        let lostEndpoints = LostEndpoints()
        let drivers = DriverClient(
            registry: PluginRegistry(
                pluginsDirectory: configuration.pluginsDirectory, modulesDirectory: configuration.modulesDirectory,
                crashDirectory: configuration.crashDirectory,
                hostServices: DriverServices(database: database, logger: logger, lostEndpoints: lostEndpoints),
                sharedOptions: configuration.sharedDriverOptions,
                places: PluginPlaces(sockets: configuration.pluginSockets, specs: configuration.pluginSpecs)),
            logger: logger)
        let sandboxes = try SandboxPool(directory: paths.sandboxes, depth: configuration.sandboxPoolDepth)
        let runtime = try ContainerRuntime(configuration: configuration, daemonID: daemonID)
        let monitors = MonitorRefill(launcher: runtime.launcher, pool: blocking.pool)
        let events = EventBus()
        let table = ContainerTable()
        let unreadable = UnreadableRecords()
        let disposal = TreeDisposal(trash: trash, database: database, blocking: blocking, logger: logger)
        self.events = events

        images = ImageService(
            store: store, database: database, events: events, usage: table, unreadable: unreadable,
            blocking: blocking, logger: logger)
        volumes = VolumeService(
            database: database, drivers: drivers, events: events, usage: table, owed: owed, blocking: blocking,
            store: store, logger: logger)
        networks = NetworkService(
            database: database, drivers: drivers, events: events, usage: table, owed: owed,
            bridge: .init(name: configuration.bridge, address: configuration.bip), logger: logger)
        let forwarder = PortForwarder(launcher: runtime.launcher, path: paths.forwarder) { isError, text in
            logger.log(level: isError ? .error : .warning, "\(text)")
        }
        let endpoints = EndpointService(
            networks: networks, ports: PortAllocator(forwarder: forwarder), forwarder: forwarder, database: database,
            drivers: drivers, events: events, usage: table, owed: owed, blocking: blocking, logger: logger)
        connections = ConnectionService(
            containers: table, networks: networks, endpoints: endpoints, database: database, owed: owed,
            blocking: blocking, paths: paths, logger: logger)

        containers = ContainerService(
            containers: table, images: images, networks: networks, volumes: volumes, database: database,
            events: events, owed: owed, store: store, runtime: runtime, disposal: disposal, blocking: blocking,
            paths: paths)
        streams = StreamService(
            containers: table, events: events, blocking: blocking, paths: paths, logger: logger)
        execs = ExecService(
            table: ExecTable(), containers: table, events: events, runtime: runtime, monitors: monitors,
            blocking: blocking, paths: paths)
        let supervisor = ContainerSupervisor(
            runtime: runtime, events: events, owed: owed, blocking: blocking, logger: logger)
        let launcher = ContainerLauncher(
            containers: table, networks: networks, endpoints: endpoints, volumes: volumes, sandboxes: sandboxes,
            runtime: runtime, store: store, monitors: monitors, supervisor: supervisor, database: database,
            blocking: blocking, paths: paths, logger: logger)
        lifecycle = Lifecycle(
            containers: table, launcher: launcher, supervisor: supervisor, execs: execs, database: database,
            events: events, owed: owed, blocking: blocking, paths: paths, logger: logger)
        removal = RemovalService(
            containers: table, lifecycle: lifecycle, volumes: volumes, images: images, execs: execs,
            database: database, events: events, owed: owed, disposal: disposal, blocking: blocking, paths: paths,
            logger: logger)
        supervisor.begin(
            .init(
                finish: { [lifecycle] in await lifecycle.finish($0, $1, $2) },
                remove: { [removal] in
                    try await removal.remove($0, force: false, removeVolumes: true, reference: $0.id)
                }))

        system = SystemService(
            daemonID: daemonID, configuration: configuration, containers: table, shown: containers, images: images,
            volumes: volumes, networks: networks, drivers: drivers, events: events, runtime: runtime,
            blocking: blocking, logger: logger)
        recovery = Recovery(
            containers: table,
            running: ContainerRecovery(
                containers: table, supervisor: supervisor, removal: removal, endpoints: endpoints,
                connections: connections, volumes: volumes, runtime: runtime, database: database, owed: owed,
                blocking: blocking, paths: paths, logger: logger),
            leftovers: LeftoverSweep(
                containers: table, networks: networks, images: images, drivers: drivers, sandboxes: sandboxes,
                runtime: runtime, database: database, unreadable: unreadable, trash: trash, blocking: blocking,
                paths: paths, logger: logger),
            images: images, networks: networks, volumes: volumes, endpoints: endpoints, connections: connections,
            lostEndpoints: lostEndpoints, database: database, unreadable: unreadable, trash: trash,
            blocking: blocking, logger: logger)
        closing = Closing(
            containers: table, unreadable: unreadable, events: events, owed: owed, sandboxes: sandboxes,
            drivers: drivers, forwarder: forwarder, runtime: runtime, database: database, blocking: blocking,
            logger: logger)
        owed.makeAgain(database.reserve, on: blocking)
    }

    /// Picks up what an earlier daemon left: adopts containers that run, finishes or undoes what was half done, and
    /// removes from the kernel and the disk what belongs to nothing. To be called once, before serving.
    /// - Throws: `BerthError` when the database cannot be read.
    public func recover() async throws { try await recovery.run() }

    /// Lets go of everything but the containers, which run on. What is still in the trash is the next daemon's.
    public func shutdown() async { await closing.run() }
}
