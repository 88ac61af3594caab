import Glibc
import Support
import Synchronization

/// Removes trees on a thread of its own: a large one must not keep anybody waiting.
final class Trash: Sendable {
    private struct State {
        var paths: [String] = []
        var isRunning = false
    }

    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameter log: is told what could not be removed.
    init(log: @escaping @Sendable (String) -> Void) { self.log = log }

    /// Removes the tree some time soon.
    func discard(_ path: String) {
        let start = state.withLock { state in
            state.paths.append(path)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard start else { return }
        if OwnThread.start({ self.empty() }) != 0 { empty() }
    }

    private func empty() {
        while let path = next() {
            let error = Tree.remove(path)
            if error != 0 { log("remove `\(path)`: \(String(cString: strerror(error)))") }
        }
    }

    private func next() -> String? {
        state.withLock { state in
            guard let path = state.paths.popLast() else {
                state.isRunning = false
                return nil
            }
            return path
        }
    }
}
