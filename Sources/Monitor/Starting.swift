import CLinux
import Glibc
import LaunchPlan

/// A process that was started, and our ends of its streams.
struct Started {
    var pid: Int32
    var startTime: UInt64
    /// The terminal's master, else -1.
    var terminal: Int32 = -1
    /// The terminal's other end, held open so that a moment in which no process has it open does not end it; else -1.
    var terminalPeer: Int32 = -1
    /// Our ends of the pipes, -1 where there is none.
    var stdin: Int32 = -1
    var stdout: Int32 = -1
    var stderr: Int32 = -1

    mutating func closeAll() {
        for descriptor in [terminal, terminalPeer, stdin, stdout, stderr] where descriptor >= 0 { close(descriptor) }
        self = Started(pid: 0, startTime: 0)
    }
}

/// Clones the process and answers it until it executes its program.
struct Starting {
    private var plan: LaunchPlan
    var warnings: [String] = []
    private var streams = Started(pid: 0, startTime: 0)

    init(_ plan: LaunchPlan) { self.plan = plan }

    /// Throws why it could not be started; nothing of it is left then.
    mutating func run() throws(Failure) -> Started {
        do throws(Failure) {
            return try start()
        } catch {
            if error.isBusyCgroup, let target = plan.execTarget, let present = plan.cgroup.present(with: target.pid) {
                plan.cgroup = present
                warnings = []
                streams.closeAll()
                return try start()
            }
            // What is at its end is without namespaces and cgroups before it has ended: all that fails may fail for that.
            if error.exitCode == 128, let target = plan.targets.first(where: { hasEnded($0, because: error.cause) }) {
                throw .ended(target.pid)
            }
            throw error
        }
    }

    private mutating func start() throws(Failure) -> Started {
        let theirs = try makePipes()
        var channel: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &channel) == 0
        else {
            throw Failure(purpose: "socketpair", cause: errno)
        }
        let flat: FlatLaunch
        do throws(Failure) {
            flat = try FlatLaunch(plan, stdio: theirs, channel: channel[1])
        } catch {
            close(channel[0])
            close(channel[1])
            throw error
        }
        var step: UInt32 = 0
        var launch = flat.launch
        let child = berth_launch(&launch, &step)
        let cause = errno
        close(channel[1])
        for descriptor in [theirs.0, theirs.1, theirs.2] where descriptor >= 0 { close(descriptor) }
        defer {
            flat.closeDescriptors()
            close(channel[0])
        }
        guard child > 0 else {
            let isCgroup = berth_step(step) == berth_step_cgroup
            var failure = Failure(
                purpose: isCgroup ? "join cgroup `\(plan.cgroup.cloneDirectory ?? "")`" : "clone", cause: cause)
            failure.isBusyCgroup = isCgroup && cause == EBUSY
            throw failure
        }
        let last = LastProcess(child: child, shared: launch.process)
        do throws(Failure) {
            try converse(channel[0])
            streams.pid = try last.awaited()
        } catch {
            last.end()
            throw error
        }
        streams.startTime = startTime(of: streams.pid)
        return streams
    }

    /// Pipes for what is no terminal; returns the child's ends.
    private mutating func makePipes() throws(Failure) -> (Int32, Int32, Int32) {
        if plan.stdio.terminal { return (-1, -1, -1) }
        var theirs: (Int32, Int32, Int32) = (-1, -1, -1)
        if plan.stdio.openStdin { (theirs.0, streams.stdin) = try makePipe() }
        (streams.stdout, theirs.1) = try makePipe()
        (streams.stderr, theirs.2) = try makePipe()
        return theirs
    }

    private func makePipe() throws(Failure) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard berth_pipe(&ends) == 0 else { throw Failure(purpose: "pipe", cause: errno) }
        return (ends[0], ends[1])
    }

    /// Whether a process has ended, or is about to: for causes that its end may have, that is waited for a moment.
    private func hasEnded(_ target: LaunchPlan.ExecTarget, because cause: Int32) -> Bool {
        let process = berth_pidfd_open(target.pid)
        guard process >= 0 else { return errno == ESRCH }
        defer { close(process) }
        if target.startTime != 0 && startTime(of: target.pid) != target.startTime { return true }
        let may = [ENOENT, ESRCH, ENOMEM, EPIPE, ECONNRESET, ECHILD, ENODEV, EPROTO].contains(cause)
        var entry = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, may ? 500 : 0) > 0
    }

    /// The child's reports, up to the channel's end: then its program runs. In a running container the last of them may
    /// come from a process that the container has taken over, so each is taken once, and only where it is wanted.
    private mutating func converse(_ channel: Int32) throws(Failure) {
        var report = berth_report()
        var isAnswered = false
        var unanswered: Failure?
        while true {
            var descriptor: Int32 = -1
            let received = berth_receive_report(channel, &report, &descriptor)
            if received < 0 { throw Failure(purpose: "read from the new process", cause: errno) }
            if received == 0 {
                if let unanswered { throw unanswered }
                return
            }
            switch berth_report_kind(report.kind) {
            case berth_report_root where descriptor >= 0 && !isAnswered:
                isAnswered = true
                defer { close(descriptor) }
                // One that has failed meanwhile takes no answer; why it failed is still to be read.
                unanswered = try answer(channel, root: descriptor)
            case berth_report_terminal where descriptor >= 0 && plan.stdio.terminal && streams.terminal < 0:
                streams.terminal = descriptor
                streams.terminalPeer = berth_terminal_peer(descriptor)
                guard streams.terminalPeer >= 0 else { throw Failure(purpose: "open terminal", cause: errno) }
            case berth_report_warning where warnings.count < 64:
                if descriptor >= 0 { close(descriptor) }
                warnings.append(Failure.warning(report, of: plan))
            case berth_report_error:
                if descriptor >= 0 { close(descriptor) }
                throw Failure(report, of: plan)
            default:
                if descriptor >= 0 { close(descriptor) }
                throw Failure(purpose: "read from the new process", cause: EPROTO)
            }
        }
    }

    /// Tells the child who it is to be. Gives what kept the answer from reaching it.
    private func answer(_ channel: Int32, root: Int32) throws(Failure) -> Failure? {
        let identity = try Identity(
            user: plan.process.user, additionalGroups: plan.process.additionalGroups, root: root)
        let reply = UnsafeMutablePointer<berth_identity>.allocate(capacity: 1)
        defer { reply.deallocate() }
        reply.pointee.uid = identity.uid
        reply.pointee.gid = identity.gid
        reply.pointee.group_count = UInt32(identity.groups.count)
        withUnsafeMutableBytes(of: &reply.pointee.home) { home in
            let bytes = identity.home.utf8.prefix(home.count - 1)
            home.copyBytes(from: bytes)
            home[bytes.count] = 0
        }
        withUnsafeMutableBytes(of: &reply.pointee.groups) { groups in
            identity.groups.withUnsafeBytes { groups.copyMemory(from: $0) }
        }
        return berth_send_identity(channel, reply) == 0
            ? nil : Failure(purpose: "answer the new process", cause: errno)
    }
}

extension LaunchPlan {
    /// The running processes whose namespaces are needed.
    fileprivate var targets: [ExecTarget] {
        (execTarget.map { [$0] } ?? []) + namespaces.compactMap(\.owner) + mounts.compactMap(\.owner)
    }
}
