import LaunchPlan
import Runtime

extension ProcessEnd {
    /// How it ended; a monitor that died without a word leaves 137 and a reason.
    /// Blocking.
    func status(exitFile: String) -> (ExitStatus, String) {
        switch self {
        case .exited(let status): return (status, "")
        case .monitorLost:
            if let status = ExitStatus.read(at: exitFile) { return (status, "") }
            let status = ExitStatus(code: 137, outOfMemory: false, finished: UInt64(Clock.now()))
            return (status, "the container's monitor died; the container was killed with it")
        }
    }
}
