import FoundationEssentials
import PluginProtocol
import Synchronization

/// Calls into a module, on the loader's own threads and under supervision.
///
/// A call that outlasts the timeout fails, and its thread is given up: it is counted as stuck until it returns, if it
/// ever does. So many stuck threads are allowed; beyond that the driver's calls fail at once.
final class ModuleTransport: Transport {
    /// Calls in the driver at once, without the stuck ones; others wait their turn.
    static let concurrentCalls = 32
    static let stuckCalls = 8

    private enum Phase {
        case opening
        case ready(OpenedModule)
        case refused(DriverError)
        /// No more calls; the module is closed when the last one under way has returned.
        case closing(OpenedModule)
        case closed
    }

    private struct State {
        var phase = Phase.opening
        var waiting: [Call] = []
        /// Threads in the driver, the stuck ones among them.
        var running = 0
        var stuck = 0
    }

    private let name: String
    private let timeout: UInt64
    private let log: @Sendable (DriverLogLevel, String) -> Void
    private let state = Mutex(State())
    private let hasClosed = Signal()

    /// Begins to open the module and returns at once. Calls that come before it is open wait for it.
    /// - Parameter open: blocks, on a thread of its own, for as long as the module likes.
    init(
        name: String, timeoutMilliseconds: Int, log: @escaping @Sendable (DriverLogLevel, String) -> Void,
        open: @escaping @Sendable () throws(DriverError) -> OpenedModule
    ) {
        self.name = name
        timeout = UInt64(timeoutMilliseconds) * 1_000_000
        self.log = log
        // The opening is watched like any call: it is complete when the module is open.
        let opening = Call(method: "open", request: Data()) { [self] result in
            if case .failure(let error) = result { refuse(error) }
        }
        Deadlines.shared.add(opening, at: Monotonic.now + timeout) {
            opening.complete(.failure(DriverError(.unavailable, "open timed out after \(timeoutMilliseconds) ms")))
        }
        let started = WorkerThreads.shared.run { [self] in
            do throws(DriverError) {
                let module = try open()
                opening.complete(.success(Data()))
                opened(module)
            } catch {
                opening.complete(.failure(error))
            }
        }
        if !started { opening.complete(.failure(DriverError(.unavailable, "no thread to open it on"))) }
    }

    var condition: DriverStatus.Condition {
        state.withLock { state in
            switch state.phase {
            case .opening: .opening
            case .ready: .ready
            case .refused(let error): .refused(error.message)
            case .closing, .closed: .refused("closed")
            }
        }
    }

    var stuckCalls: Int { state.withLock { $0.stuck } }

    func start(_ call: Call) {
        Deadlines.shared.add(call, at: Monotonic.now + timeout) { [self] in expire(call) }
        let verdict: DriverError? = state.withLock { state in
            switch state.phase {
            case .refused(let error): return unavailable(error.message)
            case .closing, .closed: return unavailable("closed")
            case .opening, .ready: break
            }
            if state.stuck >= Self.stuckCalls { return notResponding(state.stuck) }
            state.waiting.append(call)
            return nil
        }
        if let verdict { call.complete(.failure(verdict)) } else { dispatch() }
    }

    /// Gives waiting calls to threads, as far as there is room.
    private func dispatch() {
        while let (module, call) = next(isNewThread: true) {
            let started = WorkerThreads.shared.run { [self] in run(module, call) }
            if started { continue }
            state.withLock { $0.running -= 1 }
            call.complete(.failure(unavailable("no thread for \(call.method)")))
        }
    }

    private func next(isNewThread: Bool) -> (OpenedModule, Call)? {
        state.withLock { state in
            if !isNewThread { state.running -= 1 }
            guard case .ready(let module) = state.phase else { return nil }
            while let call = state.waiting.first, state.running - state.stuck < Self.concurrentCalls {
                state.waiting.removeFirst()
                if call.isComplete { continue }
                state.running += 1
                return (module, call)
            }
            return nil
        }
    }

    /// A worker's life: one call after another, for as long as there are any.
    private func run(_ module: OpenedModule, _ first: Call) {
        var current: (module: OpenedModule, call: Call)? = (module, first)
        while let (module, call) = current {
            let result: Result<Data, DriverError>
            do throws(DriverError) {
                result = .success(try module.call(call.method, call.request))
            } catch {
                result = .failure(error)
            }
            if !call.complete(result) { state.withLock { $0.stuck -= 1 } }
            current = next(isNewThread: false)
        }
        closeIfIdle()
    }

    private func expire(_ call: Call) {
        // Counted before the caller learns of it: its next call must find the count right.
        let isRunning = state.withLock { state in
            if let index = state.waiting.firstIndex(where: { $0 === call }) {
                state.waiting.remove(at: index)
                return false
            }
            state.stuck += 1
            return true
        }
        let milliseconds = timeout / 1_000_000
        let isExpired = call.expire(unavailable("\(call.method) timed out after \(milliseconds) ms"))
        guard isRunning else { return }
        guard isExpired else {
            state.withLock { $0.stuck -= 1 }
            return
        }
        let (stuck, dropped) = state.withLock { state -> (Int, [Call]) in
            guard state.stuck >= Self.stuckCalls else { return (state.stuck, []) }
            defer { state.waiting = [] }
            return (state.stuck, state.waiting)
        }
        log(.error, "\(call.method) timed out after \(milliseconds) ms; calls that have not returned: \(stuck)")
        for call in dropped { call.complete(.failure(notResponding(stuck))) }
        dispatch()
    }

    private func opened(_ module: OpenedModule) {
        let isLate = state.withLock { state -> Bool in
            switch state.phase {
            case .opening:
                state.phase = .ready(module)
                return false
            case .refused:
                state.phase = .ready(module)
                return true
            case .closed, .closing, .ready:
                state.phase = .closing(module)
                return false
            }
        }
        if isLate { log(.warning, "opened after its timeout; it is used from now on") }
        dispatch()
        closeIfIdle()
    }

    private func refuse(_ error: DriverError) {
        let dropped = state.withLock { state -> [Call] in
            if case .opening = state.phase { state.phase = .refused(error) }
            defer { state.waiting = [] }
            return state.waiting
        }
        log(.error, "refused: \(error.message)")
        for call in dropped { call.complete(.failure(unavailable(error.message))) }
    }

    func close() {
        let (dropped, mustWait) = state.withLock { state -> ([Call], Bool) in
            defer { state.waiting = [] }
            if case .ready(let module) = state.phase {
                state.phase = .closing(module)
                return (state.waiting, true)
            }
            state.phase = .closed
            return (state.waiting, false)
        }
        for call in dropped { call.complete(.failure(unavailable("closed"))) }
        guard mustWait else { return }
        closeIfIdle()
        if !hasClosed.wait(until: Monotonic.now + timeout) { log(.warning, "did not close in time") }
    }

    /// Closes the module once it is to be closed and no thread is in it.
    private func closeIfIdle() {
        let module: OpenedModule? = state.withLock { state in
            guard case .closing(let module) = state.phase, state.running == 0 else { return nil }
            state.phase = .closed
            return module
        }
        guard let module else { return }
        _ = WorkerThreads.shared.run { [hasClosed] in
            module.close()
            hasClosed.post()
        }
    }

    private func unavailable(_ reason: String) -> DriverError {
        DriverError(.unavailable, "driver `\(name)`: \(reason)")
    }

    private func notResponding(_ stuck: Int) -> DriverError {
        DriverError(.unavailable, "driver `\(name)` is not responding: \(stuck) calls have never returned")
    }
}
