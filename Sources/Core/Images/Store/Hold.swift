import Synchronization

/// Content that must not be removed while something is being made of it; ends with the value.
final class Hold: Sendable {
    private let store: ImageStore
    private let ids = Mutex<[String]>([])

    init(_ store: ImageStore) {
        self.store = store
    }

    func add(_ more: [String]) {
        store.state.withLock { $0.hold(more) }
        ids.withLock { $0 += more }
    }

    /// What is held, as often as it was added.
    var held: [String] { ids.withLock { $0 } }

    deinit {
        let all = ids.withLock { $0 }
        store.state.withLock { $0.release(all) }
    }
}
