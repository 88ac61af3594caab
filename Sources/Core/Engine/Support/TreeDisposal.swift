import Images
import Logging
import State

/// Gets rid of trees that may be large or belong to others: into the trash with them.
struct TreeDisposal: Sendable {
    let trash: Trash
    let database: Database
    let blocking: Blocking
    let logger: Logger

    /// Moves a tree into the trash; what cannot be moved is logged, never an error.
    func discard(_ path: String) async {
        let trash = trash
        do {
            // A directory may need a block for the new entry.
            try await database.reserve.used { try await blocking.run { try trash.discard(path) } }
        } catch {
            logger.error("discard `\(path)`: \(error)")
        }
    }
}
