import Model
import Synchronization

/// All volumes in memory, by name.
final class VolumeTable: Sendable {
    private let state = Mutex<[String: VolumeRecord]>([:])
    /// Serializes making and removing one volume after the other: a name must not be made twice.
    let lock = AsyncLock()

    var all: [VolumeRecord] { state.withLock { Array($0.values) } }

    subscript(name: String) -> VolumeRecord? {
        get { state.withLock { $0[name] } }
        set { state.withLock { $0[name] = newValue } }
    }
}
