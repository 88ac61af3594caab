import LaunchPlan
import Model
import Runtime

extension Engine {
    /// Attaches a client, to a container that runs or to one that is yet to be started.
    public func attach(_ ref: String, options: AttachOptions) async throws -> AttachSession {
        let entry = try containers.find(ref)
        let record = entry.record
        if record.state.status == .paused {
            throw BerthError.conflict("container \(entry.id) is paused, unpause the container before attach")
        }
        var want: MonitorProtocol.Want = []
        if options.stdin, record.config.openStdin { want.insert(.stdin) }
        if options.stdout { want.insert(.stdout) }
        if options.stderr { want.insert(.stderr) }
        var past: LogStream?
        if options.logs {
            var query = LogOptions()
            query.stdout = options.stdout
            query.stderr = options.stderr
            past = try await logs(entry.id, options: query)
        }
        guard options.stream else { return AttachSession(isTTY: record.config.tty, logs: past, open: { nil }) }
        let pending = PendingAttach(want: want)
        let key: UInt64 = entry.body.withLock { body in
            body.nextKey += 1
            body.attaching[body.nextKey] = pending
            return body.nextKey
        }
        if entry.process != nil { resolveAttaching(entry) }
        return AttachSession(isTTY: record.config.tty, logs: past) { [weak entry] in
            let socket = await pending.socket()
            _ = entry?.body.withLock { $0.attaching.removeValue(forKey: key) }
            return socket
        }
    }

    /// Connects those who wait, on a blocking thread.
    func resolveAttaching(_ entry: ContainerEntry) {
        guard let process = entry.process, !entry.body.withLock({ $0.attaching.isEmpty }) else { return }
        let socket = process.socket
        blocking.pool.submit { _ in self.resolveAttaching(entry, socket: socket) }
    }

    /// Connects those who wait: before the monitor is there, so that it knows of them before any output. Blocking.
    func resolveAttaching(_ entry: ContainerEntry, socket: MonitorSocket) {
        let waiting = entry.body.withLock { body in
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

    /// Sets the size of a container's terminal.
    public func resizeContainer(_ ref: String, rows: Int, columns: Int) async throws {
        let entry = try containers.find(ref)
        guard let process = entry.process else {
            throw BerthError.conflict("cannot resize a stopped container: container \(entry.id) is not running")
        }
        try await resize(process.socket, rows: rows, columns: columns)
        bus.publish(
            .container, "resize", entry.id,
            Self.attributes(entry.record, imageName: entry.imageName).merging(
                ["height": String(rows), "width": String(columns)]) { _, new in new })
    }

    func resize(_ socket: MonitorSocket, rows: Int, columns: Int) async throws {
        guard let rows = UInt16(exactly: rows), let columns = UInt16(exactly: columns) else {
            throw BerthError.invalid("invalid terminal size \(columns)x\(rows)")
        }
        do {
            try await blocking.run { try socket.resize(rows: rows, columns: columns) }
        } catch let error as LaunchError {
            throw BerthError(error.kind == .notRunning ? .conflict : .system, error.text)
        }
    }
}
