import CLinux
import Glibc
import LaunchPlan

/// Starts the process, then stands between it and everybody else until it has ended. One thread, one loop.
final class Monitor {
    let stdio: LaunchPlan.Stdio
    let exitFile: String
    let oomFile: String
    private var plan: LaunchPlan?
    let control: Client
    let socket: String
    var listener: Int32
    /// Tells of SIGHUP.
    let hangUps: Int32
    var clients: [Client]
    var process: Started?
    var outputs: [ProcessOutput] = []
    var input = ProcessInput(descriptor: -1, isTerminal: false)
    var log: JSONLog
    /// Said when the process has started.
    var warnings: [String] = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: MonitorProtocol.maxPayload, alignment: 16)

    init(plan: LaunchPlan, control: Int32, listener: Int32) {
        self.plan = plan
        stdio = plan.stdio
        exitFile = plan.exitFile
        oomFile = plan.oomFile
        socket = plan.socket
        hangUps = signalDescriptor(SIGHUP)
        self.control = Client(control)
        self.control.want = .events
        self.control.greeted = true
        self.listener = listener
        clients = [self.control]
        log = JSONLog(plan.log)
        makeNonblocking(listener)
    }

    func run() {
        if !exitFile.isEmpty { unlink(exitFile) }
        // Who has connected already is to miss nothing.
        acceptClients()
        for client in clients where client !== control { read(from: client) }
        let kills = outOfMemoryKills(oomFile)
        guard start() else { return farewell() }
        // Not before: who waits for the start need not wait for this.
        let exit = ExitRecord(exitFile)
        exit.reserve()
        let code = serve()
        drain()
        let status = ExitStatus(
            code: code, outOfMemory: outOfMemoryKills(oomFile) > kills, finished: nanosecondsSince1970())
        exit.write(status)
        var frame = FrameBytes(.exited)
        frame.put(status.code)
        frame.put(UInt8(status.outOfMemory ? 1 : 0))
        frame.put(status.finished)
        let bytes = frame.finished()
        for client in clients { client.send(bytes) }
        farewell()
    }

    /// False when the process could not be started: everybody was told why.
    private func start() -> Bool {
        guard let plan else { return false }
        defer { self.plan = nil }
        var starting = Starting(plan)
        do {
            let started = try starting.run()
            process = started
            warn(warnings + starting.warnings + log.warnings)
            announce(started)
            return true
        } catch {
            warn(starting.warnings)
            var frame = FrameBytes(.failed)
            frame.put(UInt32(bitPattern: error.exitCode))
            frame.put(UInt32(bitPattern: error.cause))
            frame.put(error.text)
            let bytes = frame.finished()
            for client in clients { client.send(bytes) }
            return false
        }
    }

    private func warn(_ warnings: [String]) {
        for text in warnings {
            var frame = FrameBytes(.warning)
            frame.put(text)
            let bytes = frame.finished()
            for client in clients where client.want.contains(.events) { client.send(bytes) }
        }
    }

    private func announce(_ started: Started) {
        if stdio.terminal {
            outputs = [ProcessOutput(descriptor: started.terminal, stream: .stdout)]
            input = ProcessInput(descriptor: started.terminal, isTerminal: true)
        } else {
            outputs = [
                ProcessOutput(descriptor: started.stdout, stream: .stdout),
                ProcessOutput(descriptor: started.stderr, stream: .stderr),
            ]
            let early = earlyInput
            input = ProcessInput(descriptor: started.stdin, isTerminal: false)
            early.withUnsafeBytes { input.append($0) }
        }
        if stdio.terminal { earlyInput.withUnsafeBytes { input.append($0) } }
        earlyInput = []
        let bytes = startedFrame(started)
        for client in clients where client.want.contains(.events) { client.send(bytes) }
        for client in clients where client.inputEnded { endInput(of: client) }
    }

    func startedFrame(_ started: Started) -> [UInt8] {
        var frame = FrameBytes(.started)
        frame.put(started.pid)
        frame.put(started.startTime)
        return frame.finished()
    }

    /// Input that came before there was a process.
    var earlyInput: [UInt8] = []

    /// Returns when every client has taken what is its own, or has gone. Someone who pages through output may well
    /// pause for long.
    private func farewell() {
        close(listener)
        while true {
            var entries = clients.filter { !$0.closed && $0.queued > 0 }.map {
                pollfd(fd: $0.descriptor, events: Int16(POLLOUT), revents: 0)
            }
            guard !entries.isEmpty else { return }
            poll(&entries, nfds_t(entries.count), -1)
            for client in clients { client.flush() }
        }
    }
}
