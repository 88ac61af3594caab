extension Engine {
    /// Reads the descriptors of drivers again: those that are new, and those that were refused, are opened. A driver that
    /// runs stays as it is until the daemon starts anew, since containers may depend on it. What is refused is logged.
    public func reloadDrivers() async {
        let drivers = drivers
        try? await blocking.run { drivers.reload() }
    }
}
