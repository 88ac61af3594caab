import Glibc
import LaunchPlan
import Model
import Runtime

extension ExecService {
    /// Prepares a further process in a running container.
    public func create(_ ref: String, config: ExecConfig) async throws -> String {
        let entry = try containers.find(ref)
        guard !config.cmd.isEmpty else { throw BerthError.invalid("No exec command specified") }
        let state = entry.record.state
        if state.status == .paused {
            throw BerthError.conflict("Container \(ref) is paused, unpause the container before exec")
        }
        guard entry.process != nil else { throw BerthError.conflict("Container \(ref) is not running") }
        if !config.workingDir.isEmpty, !config.workingDir.hasPrefix("/") {
            throw BerthError.invalid(
                "the working directory '\(config.workingDir)' is invalid, it needs to be an absolute path")
        }
        let id = Identifier.random()
        for old in table.add(ExecSnapshot(id: id, containerID: entry.id, config: config)) {
            containers[old.containerID]?.body.withLock { $0.execs.removeAll { $0 == old.id } }
        }
        entry.body.withLock { $0.execs.append(id) }
        publishExec("exec_create: \(config.commandLine)", entry, id)
        return id
    }

    /// Runs it, if it is to be detached; else it runs when the session that is returned is started.
    /// - Returns: the process's streams; nil when detached.
    /// - Throws: `BerthError.invalidParameter` with Docker's text when the command cannot be run.
    public func start(_ id: String, detach: Bool, consoleSize: [Int]?) async throws -> AttachSession? {
        let exec = try table.find(id)
        guard !exec.isOver else { throw ExecTable.notFound(id) }
        let config = exec.snapshot.config
        guard let entry = containers[exec.snapshot.containerID] else { throw ExecTable.notFound(id) }
        guard let process = entry.process else { throw BerthError.conflict("Container \(entry.id) is not running") }
        if entry.record.state.status == .paused {
            throw BerthError.conflict("Container \(entry.id) is paused, unpause the container before exec")
        }
        let consoleSize = consoleSize ?? config.consoleSize
        // A filter that is not there yet takes its time.
        let plan =
            if try runtime.hasFilter(for: entry.spec) {
                try execPlan(entry, process, config, consoleSize: consoleSize)
            } else {
                try await blocking.runLong {
                    try self.execPlan(entry, process, config, consoleSize: consoleSize)
                }
            }
        guard table.begin(id) else { throw BerthError.conflict("exec command \(id) is already running") }
        guard !detach else {
            _ = try await launchExec(id, entry, config, plan, want: nil, recorded: Latch())
            return nil
        }
        var want: MonitorProtocol.Want = []
        if config.attachStdin { want.insert(.stdin) }
        if config.attachStdout { want.insert(.stdout) }
        if config.attachStderr { want.insert(.stderr) }
        let attachment = Attachment(want: want)
        let recorded = Latch<Bool>()
        var session = AttachSession(isTTY: config.tty, attachment: attachment)
        session.recorded = recorded
        session.onDetach = { self.publishExec("exec_detach", entry, id) }
        session.onStart = {
            do {
                let client = try await self.launchExec(
                    id, entry, config, plan, want: attachment.want, recorded: recorded)
                if let client { attachment.resolve(client) } else { attachment.cancel() }
            } catch {
                attachment.cancel()
                throw error
            }
        }
        return session
    }

    /// Has an exec's process run, with its streams connected beforehand, so that nothing of its output is missed.
    /// - Parameters:
    ///   - want: the streams to connect; nil for none.
    ///   - recorded: is set when the end of the process has been written down.
    /// - Returns: the connection, which is the caller's to close; nil when no streams are wanted.
    private func launchExec(
        _ id: String, _ entry: ContainerEntry, _ config: ExecConfig, _ plan: LaunchPlan, want: MonitorProtocol.Want?,
        recorded: Latch<Bool>
    ) async throws -> CInt? {
        let path = paths.execs + "/" + id
        let runtime = runtime
        let socket = MonitorSocket(path: path)
        do {
            let (started, client) = try await blocking.runLong { () throws -> (RunningProcess, CInt?) in
                let listener = try MonitorListener(path: path)
                CrashPoint.pass(.execListening)
                let client = try want.map { try socket.attach($0) }
                do {
                    return (try runtime.launcher.launch(plan, listener: listener), client)
                } catch {
                    if let client { close(client) }
                    _ = unlink(path)
                    throw error
                }
            }
            CrashPoint.pass(.execLaunched)
            publishExec("exec_start: \(config.commandLine)", entry, id)
            table.started(id, pid: Int(started.pid), socket: socket)
            runtime.watch.watch(started.channel) { end in
                self.execEnded(id, entry, config, path, end)
                recorded.set(true)
            }
            monitors.plan()
            return client
        } catch {
            let error = error as? LaunchError ?? LaunchError(.monitor, "\(error)")
            let code = error.kind == .process(exitCode: 127) ? 127 : 126
            table.ended(id, exitCode: code)
            entry.body.withLock { $0.execs.removeAll { $0 == id } }
            // Whatever it was that failed: without the container it could not but fail.
            if error.isEndOfTarget || entry.process.map({ $0.ended.value != nil }) ?? true {
                throw BerthError.conflict("Container \(entry.id) is not running")
            }
            throw error.ofExec
        }
    }

    private func execEnded(
        _ id: String, _ entry: ContainerEntry, _ config: ExecConfig, _ path: String, _ end: ProcessEnd
    ) {
        CrashPoint.pass(.execEnded)
        _ = unlink(path)
        var code = 137
        if case .exited(let status) = end { code = Int(status.code) }
        table.ended(id, exitCode: code)
        entry.body.withLock { $0.execs.removeAll { $0 == id } }
        events.publish("exec_die", of: entry, ["execID": id, "exitCode": String(code)])
    }

    private func execPlan(
        _ entry: ContainerEntry, _ running: RunningContainer, _ config: ExecConfig, consoleSize: [Int]?
    ) throws -> LaunchPlan {
        var record = entry.record
        let spec = try entry.spec
        if !config.user.isEmpty { record.config.user = config.user }
        if !config.workingDir.isEmpty { record.config.workingDir = config.workingDir }
        record.config.tty = config.tty
        record.config.env = Variables.merged(record.config.env, config.env)
        record.path = config.cmd[0]
        record.args = Array(config.cmd.dropFirst())
        let files = paths.container(record.id)
        let builder = PlanBuilder(
            record: record, spec: spec, files: files, runtime: runtime, layers: nil, cgroup: running.cgroup,
            network: nil, joined: [], identity: files)
        var plan = LaunchPlan(containerID: record.id, process: try builder.process(privileged: config.privileged))
        plan.execTarget = running.target
        plan.cgroup = running.cgroup.entry
        plan.oomScoreAdjust = Int32(clamping: record.hostConfig.oomScoreAdj)
        plan.rlimits = runtime.rlimits(spec)
        plan.stdio = LaunchPlan.Stdio(
            terminal: config.tty, rows: UInt16(clamping: consoleSize?.first ?? 0),
            columns: UInt16(clamping: consoleSize?.dropFirst().first ?? 0), openStdin: config.attachStdin,
            stdinOnce: true)
        return plan
    }

    public func inspect(_ id: String) async throws -> ExecSnapshot { try table.find(id).snapshot }

    public func resize(_ id: String, rows: Int, columns: Int) async throws {
        let exec = try table.find(id)
        guard let socket = exec.socket else {
            throw BerthError.conflict("cannot resize exec \(id): it is not running")
        }
        guard exec.snapshot.config.tty else { throw BerthError.invalid("cannot resize exec \(id): it has no terminal") }
        try await blocking.resize(rows: rows, columns: columns) { try socket.resize(rows: $0, columns: $1) }
    }

    private func publishExec(_ action: String, _ entry: ContainerEntry, _ id: String) {
        events.publish(action, of: entry, ["execID": id])
    }
}

extension ExecConfig {
    /// As events show it.
    fileprivate var commandLine: String { cmd.joined(separator: " ") }
}
