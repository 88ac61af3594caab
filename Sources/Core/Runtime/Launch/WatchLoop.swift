import CLinux
import Glibc
import LaunchPlan
import Support
import Synchronization

/// The epoll loop behind `MonitorWatch`. An entry has two descriptors: the monitor's socket, and a pidfd when the
/// monitor is our child and is to be reaped after its end.
final class WatchLoop: Sendable {
    fileprivate struct Entry {
        var channel: MonitorChannel?
        var onEnd: (@Sendable (ProcessEnd) -> Void)?
        var monitor: (pid: Int32, descriptor: Int32)?
        var input: [UInt8] = []
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var next: UInt64 = 1
    }

    private let epoll: Int32
    private let wake: Int32
    private let state = Mutex(State())

    init() throws(LaunchError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .system(.monitor, "epoll_create1") }
        wake = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard wake >= 0 else {
            close(epoll)
            throw .system(.monitor, "eventfd")
        }
        register(wake, key: 0)
    }

    deinit {
        close(epoll)
        close(wake)
    }

    func start() throws(LaunchError) {
        let failure = OwnThread.start(named: "monitor-watch") { self.run() }
        if failure != 0 { throw .system(.monitor, "pthread_create", errno: failure) }
    }

    func stop() {
        var one: UInt64 = 1
        write(wake, &one, 8)
    }

    func add(_ channel: MonitorChannel, _ onEnd: @escaping @Sendable (ProcessEnd) -> Void) {
        _ = fcntl(channel.descriptor, F_SETFL, fcntl(channel.descriptor, F_GETFL) | O_NONBLOCK)
        let monitor = channel.monitorPID.map { (pid: $0, descriptor: berth_pidfd_open($0)) }
        let key = state.withLock { state in
            let key = state.next
            state.next += 1
            state.entries[key] = Entry(channel: channel, onEnd: onEnd, monitor: monitor)
            return key
        }
        register(channel.descriptor, key: key << 1)
        if let monitor { register(monitor.descriptor, key: key << 1 | 1) }
    }

    private func register(_ descriptor: Int32, key: UInt64) {
        var event = epoll_event()
        event.events = UInt32(EPOLLIN.rawValue)
        event.data.u64 = key
        epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)
    }

    private func run() {
        var events = [epoll_event](repeating: epoll_event(), count: 64)
        while true {
            let count = epoll_wait(epoll, &events, Int32(events.count), -1)
            for index in 0..<max(0, Int(count)) {
                let key = events[index].data.u64
                if key == 0 { return }
                if key & 1 == 1 { monitorEnded(key >> 1) } else { channelReady(key >> 1) }
            }
        }
    }

    /// Takes what the socket has; `.exited` and the socket's end are the two ways a watch is over.
    private func channelReady(_ key: UInt64) {
        guard let channel = state.withLock({ $0.entries[key]?.channel }) else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(channel.descriptor, &buffer, buffer.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        let end: ProcessEnd? = state.withLock { state in
            guard count > 0 else { return .monitorLost }
            state.entries[key]?.input.append(contentsOf: buffer[..<count])
            return state.entries[key]?.takeEnd()
        }
        guard let end else { return }
        epoll_ctl(epoll, EPOLL_CTL_DEL, channel.descriptor, nil)
        let onEnd = state.withLock { state in
            let onEnd = state.entries[key]?.onEnd
            state.entries[key]?.onEnd = nil
            state.entries[key]?.channel = nil
            if state.entries[key]?.monitor == nil { state.entries[key] = nil }
            return onEnd
        }
        onEnd?(end)
        // Without a pidfd (no descriptor was left) this is the time to wait for it.
        if let monitor = state.withLock({ $0.entries[key]?.monitor }), monitor.descriptor < 0 {
            reap(monitor.pid, blocking: true)
            state.withLock { $0.entries[key] = nil }
        }
    }

    private func monitorEnded(_ key: UInt64) {
        guard let monitor = state.withLock({ $0.entries[key]?.monitor }), reap(monitor.pid, blocking: false) else {
            return
        }
        epoll_ctl(epoll, EPOLL_CTL_DEL, monitor.descriptor, nil)
        close(monitor.descriptor)
        state.withLock { state in
            state.entries[key]?.monitor = nil
            if state.entries[key]?.channel == nil { state.entries[key] = nil }
        }
    }
}

extension WatchLoop.Entry {
    /// Drops the frames that are complete; the end among them, if it has come.
    fileprivate mutating func takeEnd() -> ProcessEnd? {
        while input.count >= MonitorProtocol.headerSize {
            let length = Int(readBigEndian(input, at: 4) as UInt32)
            guard input.count >= MonitorProtocol.headerSize + length else { return nil }
            let stream = MonitorProtocol.Stream(rawValue: input[0])
            let payload = [UInt8](input[MonitorProtocol.headerSize..<MonitorProtocol.headerSize + length])
            input.removeFirst(MonitorProtocol.headerSize + length)
            if stream == .exited, payload.count >= 13 {
                return .exited(
                    ExitStatus(
                        code: Int32(bitPattern: readBigEndian(payload, at: 0)), outOfMemory: payload[4] == 1,
                        finished: readBigEndian(payload, at: 5)))
            }
        }
        return nil
    }
}
