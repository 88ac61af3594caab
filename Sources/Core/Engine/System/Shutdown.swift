extension Engine {
    /// Lets go of everything but the containers, which run on. What is still in the trash is the next daemon's.
    public func shutdown() async {
        events.finish()
        await owed.settle()
        let (pool, drivers, runtime, logger) = (sandboxes, drivers, runtime, logger)
        let kept = Set(containers.all.compactMap { $0.process?.sandbox?.path }).union(unreadable.sandboxes)
        try? await blocking.run {
            do { try pool.close(keeping: kept) } catch { logger.warning("network namespaces: \(error)") }
            drivers.close()
            runtime.layout.removeIfEmpty(parent: runtime.cgroupParent)
        }
        await blocking.shutdown()
        database.close()
    }
}
