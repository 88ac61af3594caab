import NIOCore
import NIOPosix
import Runtime
import Synchronization

/// Has monitors started again in place of those that launches took: at once when few are left, else when launches have
/// had some time, so that a start does not share the processor with it.
final class MonitorRefill: Sendable {
    private static let delay = TimeAmount.milliseconds(50)

    private let launcher: MonitorLauncher
    private let pool: NIOThreadPool
    private let isPlanned = Atomic(false)

    init(launcher: MonitorLauncher, pool: NIOThreadPool) {
        self.launcher = launcher
        self.pool = pool
    }

    /// To be called after a launch. Returns at once, on any thread.
    func plan() {
        if launcher.isLow { return fill() }
        guard !isPlanned.exchange(true, ordering: .acquiringAndReleasing) else { return }
        MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: Self.delay) {
            self.isPlanned.store(false, ordering: .releasing)
            self.fill()
        }
    }

    private func fill() {
        let launcher = launcher
        pool.submit { _ in launcher.refill() }
    }
}
