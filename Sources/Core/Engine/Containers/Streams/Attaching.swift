import Runtime

extension ContainerEntry {
    /// Connects those who wait, on a blocking thread.
    func resolveAttaching(on blocking: Blocking) {
        guard let process, !body.withLock({ $0.attaching.isEmpty }) else { return }
        let socket = process.socket
        blocking.pool.submit { _ in self.resolveAttaching(socket: socket) }
    }

    /// Connects those who wait: before the monitor is there, so that it knows of them before any output. Blocking.
    func resolveAttaching(socket: MonitorSocket) {
        let waiting = body.withLock { body in
            defer { body.attaching = [:] }
            return Array(body.attaching.values)
        }
        for pending in waiting {
            if let descriptor = try? socket.attach(pending.want) {
                pending.resolve(descriptor)
            } else {
                pending.cancel()
            }
        }
    }
}
