import PluginProtocol

extension Engine {
    /// Reads the descriptors of drivers again: those that are new, and those that were refused, are opened. A driver that
    /// runs stays as it is until the daemon starts anew, since containers may depend on it. What is refused is logged.
    public func reloadDrivers() async {
        let drivers = drivers
        try? await blocking.run { drivers.reload() }
    }

    /// Has network drivers put right what others may have changed of what they made, and pins network namespaces again.
    public func checkNetworks() async {
        for entry in containers.all {
            guard let process = entry.process else { continue }
            try? await blocking.run { self.pinSandbox(of: entry, process) }
        }
        for driver in drivers.names(of: .network) where driver != "host" && driver != "null" {
            // Each by itself: one may hang.
            Task {
                do {
                    let handle = try self.drivers.driver(kind: .network, name: driver)
                    _ = try await handle.callIfImplemented(.check, Empty())
                } catch {
                    self.logger.warning("network driver \(driver): check: \(error)")
                }
            }
        }
    }
}
