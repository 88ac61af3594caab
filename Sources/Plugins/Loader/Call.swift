import FoundationEssentials
import PluginProtocol
import Synchronization

/// One call on its way: it is completed exactly once, by the driver's reply or by its timeout, whichever is first.
package final class Call: Sendable {
    package typealias Completion = @Sendable (Result<Data, DriverError>) -> Void

    package let method: String
    /// JSON.
    package let request: Data
    private let completion: Mutex<Completion?>

    /// - Parameter completion: called once, on any thread; must not block.
    package init(method: String, request: Data, completion: @escaping Completion) {
        self.method = method
        self.request = request
        self.completion = Mutex(completion)
    }

    /// Completes the call. False: it was complete already, and the result is dropped.
    @discardableResult
    package func complete(_ result: Result<Data, DriverError>) -> Bool {
        let taken = completion.withLock { completion in
            defer { completion = nil }
            return completion
        }
        guard let taken else { return false }
        taken(result)
        return true
    }

    package var isComplete: Bool { completion.withLock { $0 == nil } }
}

/// A way to a driver.
package protocol Transport: Sendable {
    var condition: DriverStatus.Condition { get }

    /// Starts a call and returns at once; the transport completes it in time, whatever the driver does.
    func start(_ call: Call)

    /// Fails what is under way and lets go of the driver. Returns within the timeout even if the driver hangs.
    func close()
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
