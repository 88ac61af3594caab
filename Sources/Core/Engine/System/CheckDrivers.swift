import PluginProtocol

extension SystemService {
    /// Has the descriptors of drivers read again.
    public func reloadDrivers() async {
        let drivers = drivers
        try? await blocking.run { drivers.reload() }
    }

    /// Has network drivers put right what others may have changed of what they made, and pins network namespaces again.
    public func checkNetworks() async {
        for entry in containers.all {
            guard let process = entry.process else { continue }
            try? await blocking.run { process.pinSandbox(of: entry.id, self.logger) }
        }
        for driver in drivers.names(of: .network) where !DriverDefaults.withoutDriver.contains(driver) {
            // Each by itself: one may hang.
            Task { await self.drivers.tell(.network, driver, .check, Empty()) }
        }
    }
}
