import Logging
import Runtime
import Sandbox
import State

/// Lets go of everything but the containers, which run on.
final class Closing: Sendable {
    let containers: ContainerTable
    let unreadable: UnreadableRecords
    let events: EventBus
    let owed: OwedWork
    let sandboxes: SandboxPool
    let drivers: DriverClient
    let forwarder: PortForwarder
    let runtime: ContainerRuntime
    let database: Database
    let blocking: Blocking
    let logger: Logger

    init(
        containers: ContainerTable, unreadable: UnreadableRecords, events: EventBus, owed: OwedWork,
        sandboxes: SandboxPool, drivers: DriverClient, forwarder: PortForwarder, runtime: ContainerRuntime,
        database: Database, blocking: Blocking, logger: Logger
    ) {
        self.containers = containers
        self.unreadable = unreadable
        self.events = events
        self.owed = owed
        self.sandboxes = sandboxes
        self.drivers = drivers
        self.forwarder = forwarder
        self.runtime = runtime
        self.database = database
        self.blocking = blocking
        self.logger = logger
    }

    func run() async {
        events.finish()
        await owed.settle()
        let (pool, drivers, runtime, forwarder, logger) = (sandboxes, drivers, runtime, forwarder, logger)
        let kept = Set(containers.all.compactMap { $0.process?.sandbox?.path }).union(unreadable.sandboxes)
        try? await blocking.run {
            do { try pool.close(keeping: kept) } catch { logger.warning("network namespaces: \(error)") }
            drivers.close()
            forwarder.leave()
            runtime.layout.removeIfEmpty(parent: runtime.cgroupParent)
        }
        await blocking.shutdown()
        database.close()
    }
}
