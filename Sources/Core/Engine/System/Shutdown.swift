import Glibc

extension Engine {
    /// Lets go of everything but the containers, which run on. What is still in the trash is the next daemon's.
    public func shutdown() async {
        bus.finish()
        await owed.settle()
        let (pool, drivers, runtime) = (sandboxes, drivers, runtime)
        let pins = paths.sandboxes
        try? await blocking.run {
            pool.drain()
            drivers.close()
            // With no container left, nothing is pinned there any more.
            if DirectoryListing.names(pins).isEmpty { _ = umount2(pins, 0) }
            runtime.layout.removeIfEmpty(parent: runtime.cgroupParent)
        }
        await blocking.shutdown()
        database.close()
    }
}
