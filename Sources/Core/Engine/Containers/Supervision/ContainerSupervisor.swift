import LaunchPlan
import Logging
import Model
import Runtime
import Synchronization

/// Watches what containers do of themselves, and has followed what must follow from it: the end of a process, kills for
/// want of memory, the removal of a `--rm` container. The one owner of what happens without being asked for.
final class ContainerSupervisor: Sendable {
    /// What follows from an end.
    struct Consequences: Sendable {
        /// Undoes a start whose process has ended. Called with the container's lock held.
        var finish: @Sendable (ContainerEntry, RunningContainer, ProcessEnd) async -> Void
        /// Removes a `--rm` container that does not run.
        var remove: @Sendable (ContainerEntry) async throws -> Void
    }

    let runtime: ContainerRuntime
    let events: EventBus
    let owed: OwedWork
    let blocking: Blocking
    let logger: Logger
    private let consequences = Mutex<Consequences?>(nil)

    init(runtime: ContainerRuntime, events: EventBus, owed: OwedWork, blocking: Blocking, logger: Logger) {
        self.runtime = runtime
        self.events = events
        self.owed = owed
        self.blocking = blocking
        self.logger = logger
    }

    /// To be called once, before anything is watched.
    func begin(_ consequences: Consequences) { self.consequences.withLock { $0 = consequences } }

    /// Sees to what has to be done when the process ends.
    func watch(_ entry: ContainerEntry, _ running: RunningContainer, _ channel: MonitorChannel) {
        runtime.watch.watch(channel) { end in self.ended(entry, running, end) }
    }

    /// Tells those who wait that the process has ended, and has its start undone.
    func ended(_ entry: ContainerEntry, _ running: RunningContainer, _ end: ProcessEnd) {
        running.ended.set(end)
        let finish = consequences.withLock { $0?.finish }
        Task {
            await entry.lock.withLock {
                if entry.process === running { await finish?(entry, running, end) }
            }
        }
    }

    /// Removes a `--rm` container that does not run. What goes wrong is tried again.
    func removeAutomatically(_ entry: ContainerEntry) async {
        guard let remove = consequences.withLock({ $0?.remove }) else { return }
        let work: @Sendable () async throws -> Void = {
            guard entry.record.hostConfig.autoRemove, entry.process == nil else { return }
            do {
                try await remove(entry)
            } catch let error as BerthError where error.code == .notFound || error.code == .conflict {
                // Somebody else was faster, with a removal or a start.
            }
        }
        do {
            try await work()
        } catch {
            owed.oweBehind("container \(entry.id.prefix(12)): remove it after its end", after: error, work)
        }
    }

    /// Has it told when the kernel kills in a container with a memory limit, also when the container lives on. Returns at
    /// once.
    func watchMemory(_ entry: ContainerEntry) {
        guard entry.record.hostConfig.memory > 0, let running = entry.process else { return }
        let (watch, events) = (runtime.outOfMemory, events)
        blocking.pool.submit { _ in
            watch.watch(running.cgroup) { [weak entry] in
                guard let entry, entry.process === running else { return }
                running.hasToldOutOfMemory.store(true, ordering: .releasing)
                events.publish("oom", of: entry)
            }
        }
    }
}
