import Model
import Synchronization

/// All volumes in memory, by name.
final class VolumeTable: Sendable {
    private let state = Mutex<[String: VolumeRecord]>([:])
    private let abandoned = Mutex<Set<String>>([])
    /// Held while a volume is made, filled or removed: a name must not be made twice.
    let locks = NamedLocks()

    /// Whether a volume is to go, and its driver has not let go of it yet: it is nobody's any more.
    func isAbandoned(_ name: String) -> Bool { abandoned.withLock { $0.contains(name) } }

    func setAbandoned(_ name: String, _ isAbandoned: Bool) {
        abandoned.withLock { if isAbandoned { $0.insert(name) } else { $0.remove(name) } }
    }

    var all: [VolumeRecord] { state.withLock { Array($0.values) } }

    subscript(name: String) -> VolumeRecord? {
        get { state.withLock { $0[name] } }
        set { state.withLock { $0[name] = newValue } }
    }
}
