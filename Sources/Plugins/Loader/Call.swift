import FoundationEssentials
import PluginProtocol
import Synchronization

/// One call on its way: it is completed exactly once, by the driver's reply or by its timeout, whichever is first.
package final class Call: Sendable {
    package typealias Completion = @Sendable (Result<Data, DriverError>) -> Void

    private enum State {
        case open(Completion, late: Completion?)
        case expired(late: Completion?)
        case complete
    }

    package let method: String
    /// JSON.
    package let request: Data
    private let state: Mutex<State>

    /// - Parameters:
    ///   - late: called at most once, with what became of the call when that is known only after it has expired.
    ///   - completion: called once. Both are called on any thread, and must not block.
    package init(method: String, request: Data, late: Completion? = nil, completion: @escaping Completion) {
        self.method = method
        self.request = request
        state = Mutex(.open(completion, late: late))
    }

    /// Completes the call with what the driver said, or with why it was not asked. False: it was complete already, and
    /// if it had expired, the result is a late one.
    @discardableResult
    package func complete(_ result: Result<Data, DriverError>) -> Bool {
        let before = state.withLock { state in
            defer { state = .complete }
            return state
        }
        switch before {
        case .open(let completion, _):
            completion(result)
            return true
        case .expired(let late):
            late?(result)
            return false
        case .complete:
            return false
        }
    }

    /// Completes the call because its time is over; what becomes of it may still be told by `complete`. False: it was
    /// complete already.
    @discardableResult
    package func expire(_ error: DriverError) -> Bool {
        let completion: Completion? = state.withLock { state in
            guard case .open(let completion, let late) = state else { return nil }
            state = .expired(late: late)
            return completion
        }
        completion?(.failure(error))
        return completion != nil
    }

    package var isComplete: Bool {
        state.withLock { state in
            if case .open = state { return false }
            return true
        }
    }
}

/// A way to a driver.
package protocol Transport: Sendable {
    var condition: DriverStatus.Condition { get }
    /// Whether it is a program beside the daemon that has been spoken to, and was there the last time.
    var isReached: Bool { get }

    /// Calls whose time was over and that have not returned.
    var stuckCalls: Int { get }

    /// Starts a call and returns at once; the transport completes it in time, whatever the driver does. One that it let
    /// expire while the driver was at it is completed again when it is known what became of it: with `unavailable` when
    /// nobody will ever know.
    func start(_ call: Call)

    /// Fails what is under way and lets go of the driver. Returns within the timeout even if the driver hangs.
    func close()
}

extension Transport {
    package var isReached: Bool { false }
    /// A call that is given up is over.
    package var stuckCalls: Int { 0 }
}

/// A result that one thread waits for and another one sets.
final class Answer: Sendable {
    private let signal = Signal()
    private let result = Mutex<Result<Data, DriverError>?>(nil)

    func set(_ value: Result<Data, DriverError>) {
        result.withLock { $0 = value }
        signal.post()
    }

    func wait() -> Result<Data, DriverError> {
        signal.wait()
        return result.withLock { $0 } ?? .failure(.system("no answer"))
    }
}
