import NIOCore
import NIOPosix
import Runtime
import Synchronization

/// Has monitors started again in place of those that launches took: soon when few are left, else later, and never while
/// the start that took one is still under way: it is not to share the processor with that.
final class MonitorRefill: Sendable {
    private static let delay = TimeAmount.milliseconds(50)
    private static let delayWhenLow = TimeAmount.milliseconds(5)

    private let launcher: MonitorLauncher
    private let pool: NIOThreadPool
    private let isPlanned = Planned()
    private let isUrgentPlanned = Planned()

    init(launcher: MonitorLauncher, pool: NIOThreadPool) {
        self.launcher = launcher
        self.pool = pool
    }

    /// To be called after a launch. Returns at once, on any thread.
    func plan() {
        let isLow = launcher.isLow
        let planned = isLow ? isUrgentPlanned : isPlanned
        guard !planned.flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
        MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: isLow ? Self.delayWhenLow : Self.delay) {
            planned.flag.store(false, ordering: .releasing)
            let launcher = self.launcher
            self.pool.submit { _ in launcher.refill() }
        }
    }

    private final class Planned: Sendable {
        let flag = Atomic(false)
    }
}
