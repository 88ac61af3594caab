import Glibc
import Model
import PluginProtocol
import Runtime

extension LeftoverSweep {
    /// Removes from the kernel what carries our mark and belongs to no container, network or endpoint that is kept.
    /// - Parameter kept: the IDs of the endpoints of running containers.
    func sweepKernel(endpoints kept: Set<String>) async {
        _ = try? database.sweepDriverState()
        await reconcile(endpoints: kept.sorted())
        let sandboxKeys = Set(containers.all.compactMap { $0.process?.sandbox?.path }).union(unreadable.sandboxes)
        let pool = sandboxes
        let runtime = runtime
        let running = Set(containers.all.filter { $0.process != nil }.map(\.id)).union(unreadable.containers)
        let logger = logger
        try? await blocking.run {
            do { try pool.sweep(keeping: sandboxKeys) } catch { logger.warning("sweep sandboxes: \(error)") }
            for name in runtime.layout.list(parent: runtime.cgroupParent) where !running.contains(name) {
                let cgroup = runtime.layout.cgroup(parent: runtime.cgroupParent, name: name)
                try? cgroup.kill()
                try? cgroup.remove()
            }
        }
    }

    /// Tells the network drivers what exists, so that they remove the rest. The default network's driver is waited
    /// for; others, which may hang, are told in the background.
    private func reconcile(endpoints: [String]) async {
        let ready = networks.all.filter { $0.record.isReady }
        let kept = Set(endpoints)
        var endpointNetworks: [String: String] = [:]
        for container in containers.all {
            for endpoint in container.body.withLock({ $0.endpoints }) where kept.contains(endpoint.id) {
                endpointNetworks[endpoint.id] = endpoint.networkID
            }
        }
        let places = endpointNetworks
        let all = Set(ready.map(\.record.driver)).union(drivers.names(of: .network)).subtracting(
            DriverDefaults.withoutDriver)
        for driver in all {
            let request = ReconcileRequest(
                networks: ready.filter { $0.record.driver == driver }.map(\.id) + unreadable.networks.sorted(),
                endpoints: endpoints, endpointNetworks: places)
            let drivers = drivers
            if driver == DriverDefaults.network {
                await drivers.tell(.network, driver, .reconcile, request)
            } else {
                Task { await drivers.tell(.network, driver, .reconcile, request) }
            }
        }
    }

    /// Removes files of containers and images that are no more.
    func sweepDisk() async {
        let known = Set(containers.all.map(\.id)).union(unreadable.containers)
        let running = Set(containers.all.filter { $0.process != nil }.map(\.id)).union(unreadable.containers)
        let (paths, trash) = (paths, trash)
        try? await blocking.run {
            for name in DirectoryListing.names(paths.containers) where !known.contains(name) {
                try? trash.discard(paths.containers + "/" + name)
            }
            for name in DirectoryListing.names(paths.running) where !running.contains(name) {
                try? trash.discard(paths.running + "/" + name)
            }
            for name in DirectoryListing.names(paths.execs) { _ = unlink(paths.execs + "/" + name) }
            trash.empty()
        }
        await images.sweep()
    }
}
