import Logging
import Model

/// Clients' connections to the streams and terminals of containers, and containers' logs.
///
/// Methods may be called from any task, at once.
public final class StreamService: Sendable {
    let containers: ContainerTable
    let events: EventBus
    let blocking: Blocking
    let paths: DataPaths
    let logger: Logger

    init(
        containers: ContainerTable, events: EventBus, blocking: Blocking, paths: DataPaths, logger: Logger
    ) {
        self.containers = containers
        self.events = events
        self.blocking = blocking
        self.paths = paths
        self.logger = logger
    }
}
