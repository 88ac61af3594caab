import Glibc
import LaunchPlan
import Model
import Runtime

extension StreamService {
    /// Attaches a client, to a container that runs or to one that is yet to be started. The log, when it is asked for,
    /// ends where the stream begins.
    public func attach(_ ref: String, options: AttachOptions) async throws -> AttachSession {
        let entry = try containers.find(ref)
        // A start under way is over first: what is written meanwhile is the log's.
        if options.logs, entry.record.state.status == .starting { await entry.lock.withLock {} }
        let record = entry.record
        if record.state.status == .paused {
            throw BerthError.conflict("container \(entry.id) is paused, unpause the container before attach")
        }
        var past = LogOptions()
        past.stdout = options.stdout
        past.stderr = options.stderr
        if options.logs { try checkReadable(entry, past) }
        var session = AttachSession(isTTY: record.config.tty, attachment: nil)
        session.onDetach = { self.publish("detach", entry) }
        if options.stream {
            var want: MonitorProtocol.Want = []
            if options.stdin, record.config.openStdin { want.insert(.stdin) }
            if options.stdout { want.insert(.stdout) }
            if options.stderr { want.insert(.stderr) }
            past.until = try await join(&session, entry, want)
        }
        if options.logs {
            do {
                session.logs = try await logs(entry.id, options: past)
            } catch {
                session.close()
                throw error
            }
        }
        publish("attach", entry)
        return session
    }

    /// Connects a client to the monitor of the container's process, or has it wait for the start.
    /// - Returns: nanoseconds since 1970: what is written after that comes over the connection.
    private func join(
        _ session: inout AttachSession, _ entry: ContainerEntry, _ want: MonitorProtocol.Want
    ) async throws -> Int64 {
        let attachment = Attachment(want: want)
        session.attachment = attachment
        let (process, key) = entry.body.withLock { body -> (RunningContainer?, UInt64) in
            if let process = body.process { return (process, 0) }
            body.nextKey += 1
            body.attaching[body.nextKey] = attachment
            return (nil, body.nextKey)
        }
        guard let process else {
            session.onClose = { [weak entry] in _ = entry?.body.withLock { $0.attaching.removeValue(forKey: key) } }
            return Clock.now()
        }
        do {
            let (descriptor, time) = try await blocking.runLong {
                try process.ask { socket throws(LaunchError) in try socket.attachToRunning(want) }
            }
            attachment.resolve(descriptor)
            return time
        } catch let error as LaunchError where error.kind == .notRunning {
            // It ends just now: so does the stream.
            attachment.cancel()
            return Clock.now()
        } catch let error as LaunchError {
            throw error.general
        }
    }

    private func publish(_ action: String, _ entry: ContainerEntry) {
        events.publish(action, of: entry)
    }

    /// Sets the size of a container's terminal.
    public func resize(_ ref: String, rows: Int, columns: Int) async throws {
        let entry = try containers.find(ref)
        guard let process = entry.process else {
            throw BerthError.conflict("cannot resize a stopped container: container \(entry.id) is not running")
        }
        guard entry.record.config.tty else {
            throw BerthError.invalid("cannot resize container \(entry.id): it has no terminal")
        }
        try await blocking.resize(rows: rows, columns: columns) { rows, columns in
            try process.ask { socket throws(LaunchError) in try socket.resize(rows: rows, columns: columns) }
        }
        events.publish("resize", of: entry, ["height": String(rows), "width": String(columns)])
    }
}
