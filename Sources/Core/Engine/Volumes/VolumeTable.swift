import Model
import Synchronization

/// All volumes in memory, by name.
final class VolumeTable: Sendable {
    private let state = Mutex<[String: VolumeRecord]>([:])
    /// Held while a volume is made, filled or removed: a name must not be made twice.
    let locks = NamedLocks()

    var all: [VolumeRecord] { state.withLock { Array($0.values) } }

    subscript(name: String) -> VolumeRecord? {
        get { state.withLock { $0[name] } }
        set { state.withLock { $0[name] = newValue } }
    }
}
