import Addresses
import CLinux
import Glibc
import LaunchPlan
import Synchronization

/// Ports of the host at IPv6 addresses, which one process passes on to containers. That process is there as long as there
/// are ports, outlives the daemon, and is started again when it ends. Any thread may call; what is said to block does so
/// for the moment that the process takes.
public final class PortForwarder: Sendable {
    struct State {
        /// Listening sockets that wait for a container's address.
        var held: [ForwardedPort: Int32] = [:]
        /// What the process serves, or is to serve.
        var served: [ForwardedPort: ForwardTarget] = [:]
        /// What it was not told yet.
        var outbox: [ForwarderMessage] = []
        var link: ForwarderLink?
        var number: UInt32 = 0
        /// What is made readable (eventfd(2)) for those who wait for an answer, by its number.
        var waiting: [UInt32: Int32] = [:]
        /// When it was started after it had ended, seconds of the monotonic clock.
        var restarts: [Int] = []

        var isIdle: Bool { served.isEmpty && held.isEmpty && outbox.isEmpty }
    }

    let state = Mutex(State())
    /// Held while the process is started or told something: the order is that of the outbox.
    let sending = Mutex(())
    let pool: MonitorPool
    let path: String
    let log: @Sendable (_ isError: Bool, _ text: String) -> Void
    /// Sockets there may be for ports: the rest is for connections.
    private let most: Int

    /// - Parameters:
    ///   - path: of the process's socket.
    ///   - log: is told what goes wrong behind.
    public init(
        launcher: MonitorLauncher, path: String, log: @escaping @Sendable (_ isError: Bool, _ text: String) -> Void
    ) {
        pool = launcher.pool
        self.path = path
        self.log = log
        most = Int(clamping: berth_most_files()) / 8 * 7
    }

    /// Whether the daemon's network namespace has IPv6: as Docker sees it, whether something can listen at [::1].
    public static var hasIPv6: Bool { berth_has_ipv6() != 0 }

    /// Takes a port: it is nobody else's from now on.
    /// - Returns: 0, or the errno of socket(2), bind(2) or listen(2): EADDRINUSE for one that is taken, EMFILE when there
    ///   are too many.
    public func take(_ port: ForwardedPort) -> Int32 {
        guard state.withLock({ $0.held.count + $0.served.count < most }) else { return EMFILE }
        let socket = berth_listen_ipv6(port.isUDP ? 1 : 0, port.address.bytes, port.port)
        guard socket >= 0 else { return errno }
        if let double = state.withLock({ $0.held.updateValue(socket, forKey: port) }) { Glibc.close(double) }
        return 0
    }

    /// Gives back ports that were taken and are not served yet.
    public func discard(_ ports: [ForwardedPort]) {
        let sockets = state.withLock { state in ports.compactMap { state.held.removeValue(forKey: $0) } }
        for socket in sockets { Glibc.close(socket) }
        wakeIfIdle()
    }

    /// Has connections to ports led to containers from now on; those that are served already lead elsewhere then. One that
    /// was not taken is taken. Blocks.
    /// - Throws: `LaunchError` naming the port that cannot be taken, or the process that cannot be started.
    public func serve(_ targets: [(port: ForwardedPort, target: ForwardTarget)]) throws(LaunchError) {
        let missing = state.withLock { state in
            targets.map(\.port).filter { state.held[$0] == nil && state.served[$0] == nil }
        }
        for port in missing {
            let cause = take(port)
            guard cause == 0 else { throw .system(.refused, "listen at \(port)", errno: cause) }
        }
        state.withLock { state in
            state.outbox += ForwarderMessage.serve(
                targets.map { port, target in
                    let socket = state.held.removeValue(forKey: port)
                    state.served[port] = target
                    return (ForwardEntry(port: port, target: target, hasSocket: socket != nil), socket)
                })
        }
        try flush()
    }

    /// Has connections to ports that are served wait, and ends those there are. Blocks.
    public func suspend(_ ports: [ForwardedPort]) {
        let served = state.withLock { state in ports.filter { state.served[$0] != nil } }
        guard !served.isEmpty else { return }
        try? serve(served.map { ($0, .none) })
    }

    /// Closes ports, served or not. Blocks until they are free.
    public func close(_ ports: [ForwardedPort]) {
        discard(ports)
        let answer = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        defer { if answer >= 0 { Glibc.close(answer) } }
        let (number, link): (UInt32, ForwarderLink?) = state.withLock { state in
            let served = ports.filter { state.served.removeValue(forKey: $0) != nil }
            guard !served.isEmpty, let link = state.link else { return (0, nil) }
            state.number = state.number == .max ? 1 : state.number + 1
            state.outbox += ForwarderMessage.unserve(served, number: state.number)
            state.waiting[state.number] = answer
            return (state.number, link)
        }
        defer { wakeIfIdle() }
        guard let link else { return }
        try? flush()
        guard answer >= 0 else { return }
        var polled = pollfd(fd: answer, events: Int16(POLLIN), revents: 0)
        while poll(&polled, 1, ForwarderLink.patience) < 0, errno == EINTR {}
        guard state.withLock({ $0.waiting.removeValue(forKey: number) }) != nil else { return }
        log(true, "the forwarder of published ports (\(link.name)) does not answer: it is killed and started again")
        link.kill()
    }

    /// Tells the process what it was not told yet, and starts it when there is none. One that ends meanwhile is started by
    /// whoever reads from it.
    func flush() throws(LaunchError) {
        let failure: LaunchError? = sending.withLock { _ in
            do throws(LaunchError) {
                try startIfMissing()
            } catch {
                // What is to be served is begun anew the next time.
                let unsent = state.withLock { state in
                    defer { state.outbox = [] }
                    return state.outbox
                }
                for socket in unsent.flatMap(\.sockets) { Glibc.close(socket) }
                return error
            }
            while let (link, message) = state.withLock({ state -> (ForwarderLink, ForwarderMessage)? in
                guard let link = state.link, !state.outbox.isEmpty else { return nil }
                return (link, state.outbox.removeFirst())
            }) {
                // Whoever reads from it sees the end, or else it is stuck.
                if !link.send(message) { link.kill() }
            }
            return nil
        }
        if let failure { throw failure }
    }

    /// Has the process go soon if there is nothing for it to do.
    func wakeIfIdle() { state.withLock { $0.isIdle ? $0.link : nil }?.wakeReader() }
}

extension ForwardedPort: CustomStringConvertible {
    /// "tcp6 [::]:8080"
    public var description: String {
        let shown = IPAddress(.v6, UInt128(address.high) << 64 | UInt128(address.low))
        return "\(isUDP ? "udp" : "tcp")6 [\(shown)]:\(port)"
    }
}
