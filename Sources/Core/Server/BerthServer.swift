import Engine
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Serves the Docker Engine API of an engine on a unix socket.
///
/// On graceful shutdown it accepts nothing more, closes streams, and gives running requests some seconds. What has not
/// ended then is left behind: a container can keep an exec from ever starting.
public struct BerthServer: Service, CustomStringConvertible {
    /// Where clients connect.
    public struct Configuration: Sendable {
        /// The path of the socket; it gets mode 0660.
        public var unixSocketPath: String
        /// The name of the group that may connect; nil leaves the socket to the group of the daemon.
        public var socketGroup: String?
        /// What the `Server` header says.
        public var serverVersion: String
        /// Time that running requests have on shutdown.
        public var shutdownGrace: Duration

        public init(
            unixSocketPath: String, socketGroup: String? = nil, serverVersion: String,
            shutdownGrace: Duration = .seconds(5)
        ) {
            self.unixSocketPath = unixSocketPath
            self.socketGroup = socketGroup
            self.serverVersion = serverVersion
            self.shutdownGrace = shutdownGrace
        }
    }

    /// Connections that wait to be taken: what Go's servers have where the kernel allows it (net.core.somaxconn).
    private static let backlog = 4096

    /// Time that requests have to end once they are cancelled.
    private static let lastGrace = Duration.seconds(2)

    private let configuration: Configuration
    private let responder: Responder
    private let logger: Logger
    private let onListening: @Sendable () async -> Void

    /// - Parameter onListening: called once when clients can connect.
    public init(
        engine: Engine, configuration: Configuration, logger: Logger,
        onListening: @escaping @Sendable () async -> Void = {}
    ) {
        self.init(
            routes: EngineRoutes.table(engine: engine), configuration: configuration, logger: logger,
            onListening: onListening)
    }

    package init(
        routes: RouteTable, configuration: Configuration, logger: Logger,
        onListening: @escaping @Sendable () async -> Void = {}
    ) {
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        responder = Responder(routes: routes, serverVersion: configuration.serverVersion, logger: logger)
    }

    public var description: String { "API server at \(configuration.unixSocketPath)" }

    /// Serves until shutdown or cancellation.
    /// - Throws: `BerthError` when the socket's path is taken or cannot be set up.
    public func run() async throws {
        let socket = SocketFile(path: configuration.unixSocketPath, group: configuration.socketGroup)
        try socket.prepare()
        let failure = FailureBox()
        let listening = Mutex<(any Channel)?>(nil)
        let (onListening, logger) = (onListening, logger)
        let server = ConnectionSetup(responder: responder).server(
            configuration: ServerConfiguration(address: .unixDomainSocket(path: socket.path), backlog: Self.backlog),
            onServerRunning: { channel in
                listening.withLock { $0 = channel }
                do {
                    try await channel.eventLoop.submit {
                        try channel.pipeline.syncOperations.addHandler(AcceptRest(logger: logger), position: .first)
                    }.get()
                    try socket.admitGroup()
                    await onListening()
                } catch {
                    failure.set(error)
                    channel.close(promise: nil)
                }
            },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        // No child of this task, which would wait for it: what a request waits for may be a container's to give.
        let isOver = AsyncStream.makeStream(of: Void.self)
        let serving = Task {
            defer { isOver.continuation.finish() }
            do { try await server.run() } catch {
                guard !Task.isCancelled else { return }
                failure.set((error as? IOError).map { socket.failure("listen on", $0.errnoCode) } ?? error)
            }
        }
        await withTaskGroup { group in
            group.addTask { for await _ in isOver.stream {} }
            group.addTask { [configuration] in
                guard (try? await gracefulShutdown()) != nil else { return }
                try? await Task.sleep(for: configuration.shutdownGrace)
                serving.cancel()
                guard (try? await Task.sleep(for: Self.lastGrace)) != nil else { return }
                logger.warning("there are requests that do not end: they are left behind")
            }
            await group.next()
            group.cancelAll()
        }
        serving.cancel()
        // Whether somebody listens at the path now is asked by connecting: it must not be this server any more.
        try? await listening.withLock { $0 }?.close()
        socket.remove()
        try failure.rethrow()
    }
}
