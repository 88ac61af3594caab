import LaunchPlan

/// Starts monitors. Sendable: any thread may launch, several at once; every call blocks until its process runs.
public final class MonitorLauncher: Sendable {
    let program: MonitorProgram
    let pool: MonitorPool

    /// Takes the program at `monitorPath` (`berth-monitor`, beside `berthd`) to a place in memory where no process in a
    /// container can change it, and from which all monitors run. `warm` monitors are kept started and waiting, so
    /// that a launch does not have to wait for a process to start; 0 for none. Throws `LaunchError` (`.monitor`).
    public convenience init(monitorPath: String, warm: Int = 4) throws(LaunchError) {
        try self.init(monitorPath: monitorPath, warm: warm, mounts: true)
    }

    /// - Parameter mounts: false for what is done on kernels that have no mounts outside of all namespaces.
    package init(monitorPath: String, warm: Int, mounts: Bool) throws(LaunchError) {
        program = try MonitorProgram(path: monitorPath, mounts: mounts)
        pool = MonitorPool(program: program, size: warm)
    }

    /// Carries out `plan` in a new monitor that serves `listener`'s socket. The listener may be let go afterwards.
    /// `timeout` in seconds is for mounts that hang. Throws `LaunchError`: `.process` with Docker's exit code and text
    /// when the plan failed. Nothing of the process is left then; the socket's file is, as on exit: the caller
    /// removes it.
    public func launch(_ plan: LaunchPlan, listener: MonitorListener, timeout: Double = 120) throws(LaunchError)
        -> RunningProcess
    {
        let bytes = try LaunchPlanBytes(plan)
        return try start(bytes, listener: listener, channel: try pool.take(), timeout: timeout)
    }

    /// Starts as many monitors as are missing from the number kept waiting. For a thread that has the time: a launch
    /// never does this itself.
    public func refill() { pool.refill() }

    /// Whether a refill should not wait for a quiet moment.
    public var isLow: Bool { pool.isLow }

    /// The same with a listener of its own at `socketPath`.
    public func launch(_ plan: LaunchPlan, socketPath: String, timeout: Double = 120) throws(LaunchError)
        -> RunningProcess
    {
        try launch(plan, listener: try MonitorListener(path: socketPath), timeout: timeout)
    }
}
