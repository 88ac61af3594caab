import Glibc
import LaunchPlan
import Model
import Runtime
import Synchronization

/// All execs of running containers.
final class ExecTable: Sendable {
    struct Entry {
        var snapshot: ExecSnapshot
        var socket: MonitorSocket?
        var hasStarted = false
    }

    private let state = Mutex<[String: Entry]>([:])

    func add(_ snapshot: ExecSnapshot) { state.withLock { $0[snapshot.id] = Entry(snapshot: snapshot) } }

    /// - Throws: `BerthError.notFound`.
    func find(_ id: String) throws -> Entry {
        guard let entry = state.withLock({ $0[id] }) else { throw BerthError.notFound("No such exec instance: \(id)") }
        return entry
    }

    func update(_ id: String, _ change: (inout Entry) -> Void) {
        state.withLock { entries in
            guard var entry = entries[id] else { return }
            change(&entry)
            entries[id] = entry
        }
    }

    /// Marks an exec as started, once.
    func begin(_ id: String) -> Bool {
        state.withLock { entries in
            guard entries[id]?.hasStarted == false else { return false }
            entries[id]?.hasStarted = true
            return true
        }
    }

    /// The container ended: its execs are over, and stay to be inspected until it is removed.
    func processEnded(container: String) {
        state.withLock { entries in
            for (id, entry) in entries where entry.snapshot.containerID == container && entry.snapshot.isRunning {
                entries[id]?.snapshot.isRunning = false
                entries[id]?.snapshot.pid = 0
                if entry.snapshot.exitCode == nil { entries[id]?.snapshot.exitCode = 137 }
            }
        }
    }

    func removeAll(of container: String) {
        state.withLock { entries in entries = entries.filter { $0.value.snapshot.containerID != container } }
    }
}

extension Engine {
    /// Prepares a further process in a running container.
    public func createExec(_ ref: String, config: ExecConfig) async throws -> String {
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
        execs.add(ExecSnapshot(id: id, containerID: entry.id, config: config))
        entry.body.withLock { $0.execs.append(id) }
        publishExec("exec_create", entry, config, id)
        return id
    }

    /// Runs it.
    /// - Returns: the process's streams; nil when detached.
    /// - Throws: `BerthError.invalidParameter` with Docker's text when the command cannot be run.
    public func startExec(_ id: String, detach: Bool, tty: Bool, consoleSize: [Int]?) async throws -> AttachSession? {
        let exec = try execs.find(id)
        let config = exec.snapshot.config
        guard let entry = containers[exec.snapshot.containerID], let process = entry.process else {
            throw BerthError.conflict("Container \(exec.snapshot.containerID) is not running")
        }
        guard execs.begin(id) else { throw BerthError.conflict("exec command \(id) is already running") }
        let plan = try execPlan(entry.record, process, config, consoleSize: consoleSize ?? config.consoleSize)
        let path = paths.execs + "/" + id
        var want: MonitorProtocol.Want = []
        if config.attachStdin { want.insert(.stdin) }
        if config.attachStdout { want.insert(.stdout) }
        if config.attachStderr { want.insert(.stderr) }
        let runtime = runtime
        let socket = MonitorSocket(path: path)
        do {
            let (started, client) = try await blocking.run { [want] () throws -> (RunningProcess, CInt?) in
                let listener = try MonitorListener(path: path)
                let client = detach ? nil : try socket.attach(want)
                do {
                    return (try runtime.launcher.launch(plan, listener: listener), client)
                } catch {
                    if let client { close(client) }
                    _ = unlink(path)
                    throw error
                }
            }
            publishExec("exec_start", entry, config, id)
            execs.update(id) { exec in
                exec.snapshot.isRunning = true
                exec.snapshot.pid = Int(started.pid)
                exec.socket = socket
            }
            runtime.watch.watch(started.channel) { end in self.execEnded(id, entry, config, path, end) }
            let launcher = runtime.launcher
            blocking.pool.submit { _ in launcher.refill() }
            return client.map { client in AttachSession(isTTY: config.tty, logs: nil) { client } }
        } catch let error as LaunchError {
            var code = 126
            if case .process(let exit) = error.kind { code = Int(exit) }
            execs.update(id) { $0.snapshot.exitCode = code }
            let text = "OCI runtime exec failed: exec failed: \(error.text): unknown"
            guard !detach else {
                throw BerthError([126, 127].contains(code) ? .invalidParameter : .system, text)
            }
            return AttachSession(isTTY: config.tty, logs: nil) { Self.socketSaying(text + "\r\n", tty: config.tty) }
        }
    }

    /// The streams of a process that could not be started, as Docker has them: its client sees the error as output,
    /// and the exit code in the exec's inspect.
    private static func socketSaying(_ text: String, tty: Bool) -> CInt? {
        var pair: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
            return nil
        }
        let frame = MonitorProtocol.header(tty ? .stdout : .stderr, length: text.utf8.count) + Array(text.utf8)
        _ = frame.withUnsafeBytes { send(pair[1], $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        close(pair[1])
        return pair[0]
    }

    private func execEnded(
        _ id: String, _ entry: ContainerEntry, _ config: ExecConfig, _ path: String, _ end: ProcessEnd
    ) {
        _ = unlink(path)
        var code = 137
        if case .exited(let status) = end { code = Int(status.code) }
        execs.update(id) { exec in
            exec.snapshot.isRunning = false
            exec.snapshot.exitCode = code
            exec.snapshot.pid = 0
            exec.socket = nil
        }
        entry.body.withLock { $0.execs.removeAll { $0 == id } }
        bus.publish(
            .container, "exec_die", entry.id,
            Self.attributes(entry.record, imageName: entry.imageName).merging(
                ["execID": id, "exitCode": String(code)]) { _, new in new })
    }

    private func execPlan(
        _ record: ContainerRecord, _ running: RunningContainer, _ config: ExecConfig, consoleSize: [Int]?
    ) throws -> LaunchPlan {
        var record = record
        if !config.user.isEmpty { record.config.user = config.user }
        if !config.workingDir.isEmpty { record.config.workingDir = config.workingDir }
        record.config.tty = config.tty
        let given = Set(config.env.map(ContainerConfig.variableName))
        record.config.env = record.config.env.filter { !given.contains(ContainerConfig.variableName($0)) } + config.env
        record.path = config.cmd[0]
        record.args = Array(config.cmd.dropFirst())
        if config.privileged { record.hostConfig.privileged = true }
        let files = paths.container(record.id)
        let builder = PlanBuilder(
            record: record, files: files, runtime: runtime, layers: nil, cgroup: running.cgroup,
            networkPath: nil, joined: [], identity: files)
        var plan = LaunchPlan(containerID: record.id, process: try builder.process())
        plan.execTarget = LaunchPlan.ExecTarget(pid: running.pid, startTime: running.startTime)
        plan.cgroups = running.cgroup.directories
        plan.oomScoreAdjust = Int32(record.hostConfig.oomScoreAdj)
        plan.rlimits = try runtime.rlimits(record.hostConfig)
        plan.stdio = LaunchPlan.Stdio(
            terminal: config.tty, rows: UInt16(clamping: consoleSize?.first ?? 0),
            columns: UInt16(clamping: consoleSize?.dropFirst().first ?? 0), openStdin: config.attachStdin,
            stdinOnce: true)
        return plan
    }

    public func inspectExec(_ id: String) async throws -> ExecSnapshot { try execs.find(id).snapshot }

    public func resizeExec(_ id: String, rows: Int, columns: Int) async throws {
        guard let socket = try execs.find(id).socket else {
            throw BerthError.conflict("cannot resize exec \(id): it is not running")
        }
        try await resize(socket, rows: rows, columns: columns)
    }

    private func publishExec(_ action: String, _ entry: ContainerEntry, _ config: ExecConfig, _ id: String) {
        bus.publish(
            .container, "\(action): \(config.cmd.joined(separator: " "))", entry.id,
            Self.attributes(entry.record, imageName: entry.imageName).merging(["execID": id]) { _, new in new })
    }
}
