import Images
import Logging
import Model
import State

/// Images: loaded, imported, tagged, listed and removed.
///
/// Methods may be called from any task, at once.
public final class ImageService: Sendable {
    let table: ImageTable
    let store: ImageStore
    let database: Database
    let events: EventBus
    let usage: any Usage
    /// Images of rows that cannot be read keep their content.
    let unreadable: UnreadableRecords
    let blocking: Blocking
    let logger: Logger

    package init(
        store: ImageStore, database: Database, events: EventBus, usage: any Usage, unreadable: UnreadableRecords,
        blocking: Blocking, logger: Logger
    ) {
        table = ImageTable()
        self.store = store
        self.database = database
        self.events = events
        self.usage = usage
        self.unreadable = unreadable
        self.blocking = blocking
        self.logger = logger
    }

    package var all: [ImageRecord] { table.all }

    subscript(id: String) -> ImageRecord? { table[id] }

    /// Takes what the database knows into memory, before anything else is done.
    package func load(_ record: ImageRecord) { table.put(record) }

    /// All images, with the numbers of their users and the sizes of what they share.
    func measured() async throws -> [ImageSnapshot] {
        let users = usage.images
        let shared = try await sharedSizes()
        return table.all.map {
            ImageSnapshot(record: $0, containers: users[$0.id] ?? 0, sharedSize: shared[$0.id] ?? -1)
        }
    }

    /// Bytes of all layers.
    func layersSize() async throws -> Int64 {
        let store = store
        return try await blocking.runLong { store.layersSize() }
    }

    /// Removes content that nothing refers to, at the daemon's start.
    func sweep() async {
        let (store, logger, needed) = (store, logger, needed())
        try? await blocking.run {
            do { _ = try store.sweep(keeping: needed) } catch { logger.warning("sweep images: \(error)") }
        }
    }
}
