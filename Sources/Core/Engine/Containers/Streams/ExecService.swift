import Model
import Runtime

/// Further processes in running containers.
///
/// Methods may be called from any task, at once.
public final class ExecService: Sendable {
    let table: ExecTable
    let containers: ContainerTable
    let events: EventBus
    let runtime: ContainerRuntime
    let monitors: MonitorRefill
    let blocking: Blocking
    let paths: DataPaths

    init(
        table: ExecTable, containers: ContainerTable, events: EventBus, runtime: ContainerRuntime,
        monitors: MonitorRefill, blocking: Blocking, paths: DataPaths
    ) {
        self.table = table
        self.containers = containers
        self.events = events
        self.runtime = runtime
        self.monitors = monitors
        self.blocking = blocking
        self.paths = paths
    }

    /// The container has ended: its execs are over.
    func containerEnded(_ id: String) { table.processEnded(container: id) }

    /// The container is gone, and its execs with it.
    func forgetAll(of container: String) { table.removeAll(of: container) }
}
