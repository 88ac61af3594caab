import CLinux
import Glibc
import LaunchPlan
import Support
import Synchronization

extension PortForwarder {
    /// Milliseconds that the process stays without ports: the next container may have some.
    private static let idleTime: Int32 = 1000

    /// Finds the process of an earlier daemon, and what it serves. Blocks.
    public func adopt() {
        sending.withLock { _ in
            do throws(LaunchError) {
                let link = try ForwarderLink.find(path: path)
                state.withLock { state in
                    state.served = Dictionary(link.served.map { ($0.port, $0.target) }) { $1 }
                }
                take(link)
            } catch {
                if ![ENOENT, ECONNREFUSED].contains(error.errno) { log(true, "\(error)") }
                unlink(path)
            }
        }
    }

    /// Makes it so that just these ports are served. What goes wrong is logged. Blocks.
    /// - Parameter others: whether what else is served stays.
    public func settle(_ wanted: [ForwardedPort: ForwardTarget], keepingOthers others: Bool) {
        let present = state.withLock { $0.served }
        if !others { close(present.keys.filter { wanted[$0] == nil }) }
        let missing = wanted.filter { present[$0.key] != $0.value }.map { (port: $0.key, target: $0.value) }
        if missing.isEmpty || (try? serve(missing)) != nil { return wakeIfIdle() }
        for each in missing {
            do throws(LaunchError) {
                try serve([each])
            } catch {
                log(true, "published port: \(error)")
            }
        }
        wakeIfIdle()
    }

    /// The daemon ends: the process stays if it has ports. Blocks.
    public func leave() {
        sending.withLock { _ in _ = retire() }
    }

    /// Starts the process, with what it is to serve, unless it is there or there is nothing. With `sending` held.
    func startIfMissing() throws(LaunchError) {
        guard state.withLock({ $0.link == nil && !($0.served.isEmpty && $0.outbox.isEmpty) }) else { return }
        let link = try ForwarderLink.start(pool, path: path)
        let ports = state.withLock { state in
            let unsent = Set(state.outbox.flatMap(\.ports))
            return state.served.keys.filter { !unsent.contains($0) }
        }
        // What an earlier process served.
        let entries = ports.compactMap(reopened)
        let stray: [Int32] = state.withLock { state in
            let (wanted, unwanted) = (
                entries.filter { state.served[$0.port] != nil }, entries.filter { state.served[$0.port] == nil }
            )
            let again = wanted.map { port, socket in
                (ForwardEntry(port: port, target: state.served[port] ?? .none, hasSocket: true), Optional(socket))
            }
            state.outbox = ForwarderMessage.serve(again) + state.outbox
            return unwanted.map(\.socket)
        }
        for socket in stray { Glibc.close(socket) }
        take(link)
    }

    private func reopened(_ port: ForwardedPort) -> (port: ForwardedPort, socket: Int32)? {
        let socket = berth_listen_ipv6(port.isUDP ? 1 : 0, port.address.bytes, port.port)
        if socket >= 0 { return (port, socket) }
        log(true, "\(port) is not served any more: \(String(cString: strerror(errno)))")
        return nil
    }

    private func take(_ link: ForwarderLink) {
        state.withLock { $0.link = link }
        let cause = OwnThread.start(named: "forwarder") { self.read(from: link) }
        if cause != 0 { log(true, "start a thread for the forwarder: \(String(cString: strerror(cause)))") }
    }

    /// Hears what the process has to say, until it ends or there is nothing for it to do.
    private func read(from link: ForwarderLink) {
        while true {
            let isIdle = state.withLock { $0.isIdle }
            var polled = [link.descriptor, link.wake].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            let count = poll(&polled, 2, isIdle ? Self.idleTime : -1)
            if count == 0, sending.withLock({ _ in retire() }) { break }
            if polled[1].revents != 0 {
                var value: UInt64 = 0
                _ = Glibc.read(link.wake, &value, 8)
            }
            guard polled[0].revents != 0 else { continue }
            guard let frame = link.next() else {
                ended(link)
                break
            }
            hear(frame.stream, frame.payload)
        }
        link.reapProcess()
    }

    private func hear(_ stream: MonitorProtocol.Stream?, _ payload: [UInt8]) {
        switch stream {
        case .done where payload.count == 4:
            let number: UInt32 = readBigEndian(payload, at: 0)
            state.withLock { state in
                if let waiting = state.waiting.removeValue(forKey: number) { Self.signal(waiting) }
            }
        case .warning:
            log(false, "published ports: \(String(decoding: payload, as: UTF8.self))")
        case .lost:
            for entry in ForwardEntry.all(in: payload[...]) ?? [] {
                log(true, "\(entry.port) is not served: the forwarder of published ports has no descriptor left for it")
            }
        default: break
        }
    }

    /// Makes an eventfd readable.
    private static func signal(_ descriptor: Int32) {
        var one: UInt64 = 1
        write(descriptor, &one, 8)
    }

    /// The process has ended. It is started again if it is still needed.
    private func ended(_ link: ForwarderLink) {
        let pause: Int? = state.withLock { state in
            guard state.link === link else { return nil }
            state.link = nil
            for waiting in state.waiting.values { Self.signal(waiting) }
            state.waiting = [:]
            guard !state.served.isEmpty else { return nil }
            let now = Int(monotonicNanoseconds() / 1_000_000_000)
            state.restarts = state.restarts.filter { $0 > now - 60 } + [now]
            return state.restarts.count <= 5 ? 0 : min(1 << (state.restarts.count - 5), 30)
        }
        // It may only have become unintelligible.
        link.kill()
        guard let pause else { return }
        log(true, "the forwarder of published ports (\(link.name)) has ended: it is started again")
        sleep(UInt32(pause))
        do throws(LaunchError) {
            try flush()
        } catch {
            log(true, "start the forwarder of published ports: \(error)")
        }
    }

    /// Lets the process go if there is nothing for it to do. With `sending` held.
    @discardableResult
    private func retire() -> Bool {
        let link: ForwarderLink? = state.withLock { state in
            guard state.isIdle, let link = state.link else { return nil }
            state.link = nil
            return link
        }
        guard let link else { return false }
        unlink(path)
        link.hangUp()
        return true
    }
}

extension ForwarderMessage {
    /// The ports whose sockets go along.
    fileprivate var ports: [ForwardedPort] {
        guard !sockets.isEmpty else { return [] }
        return (ForwardEntry.all(in: frame.dropFirst(MonitorProtocol.headerSize)) ?? []).filter(\.hasSocket).map(\.port)
    }
}
