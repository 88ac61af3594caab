import Model
import State

extension Engine {
    /// Has the reserve made again when there is room, each time that it was needed.
    func makeReserveAgainAfterUse() {
        let (reserve, blocking, owed) = (database.reserve, blocking, owed)
        let make: @Sendable () async throws -> Void = { try await blocking.run { try reserve.make() } }
        let key = "hold space back for removals"
        reserve.onUse { owed.oweBehind(key, after: BerthError.system("no space left on device"), make) }
        do { try reserve.make() } catch { owed.oweBehind(key, after: error, make) }
    }
}
