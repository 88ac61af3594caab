import Runtime

extension Engine {
    /// A process is going to be started soon: has the kernel's wait for joining v1 cgroups over by then, while the
    /// caller goes on.
    func expectLaunch() {
        let join = runtime.cgroupJoin
        guard join.isNeeded else { return }
        blocking.pool.submit { _ in join.prepare() }
    }
}
