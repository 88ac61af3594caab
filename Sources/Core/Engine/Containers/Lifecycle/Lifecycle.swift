import Logging
import Model
import State

/// What containers do: created → starting → running ⇄ paused → exited → removing.
///
/// Each step is taken with the container's lock held. What it changes in memory is in `Transitions.swift`; that is written
/// down, then made in the kernel, then told, and undone when it could not be made.
public final class Lifecycle: Sendable {
    let containers: ContainerTable
    let launcher: ContainerLauncher
    let supervisor: ContainerSupervisor
    let execs: ExecService
    let database: Database
    let events: EventBus
    let owed: OwedWork
    let blocking: Blocking
    let paths: DataPaths
    let logger: Logger

    init(
        containers: ContainerTable, launcher: ContainerLauncher, supervisor: ContainerSupervisor, execs: ExecService,
        database: Database, events: EventBus, owed: OwedWork, blocking: Blocking, paths: DataPaths, logger: Logger
    ) {
        self.containers = containers
        self.launcher = launcher
        self.supervisor = supervisor
        self.execs = execs
        self.database = database
        self.events = events
        self.owed = owed
        self.blocking = blocking
        self.paths = paths
        self.logger = logger
    }
}
