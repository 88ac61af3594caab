import Foundation
import PluginLoader
import PluginProtocol
import Synchronization

/// A driver of every kind that answers at once: with `{}`, or as the test says.
final class TestDriver: Transport {
    private struct State {
        var calls: [String] = []
        var answers: [String: Result<String, DriverError>] = [:]
    }

    private let state = Mutex(State())

    /// The methods that were called, in order.
    var calls: [String] { state.withLock { $0.calls } }

    /// From now on a method is answered so.
    func answer(_ method: String, _ answer: Result<String, DriverError>) {
        state.withLock { $0.answers[method] = answer }
    }

    var condition: DriverStatus.Condition { .ready }

    func start(_ call: Call) {
        let answer = state.withLock { state in
            state.calls.append(call.method)
            return state.answers[call.method] ?? .success("{}")
        }
        call.complete(answer.map { Data($0.utf8) })
    }

    func close() {}
}
