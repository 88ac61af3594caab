import Glibc
import Images
import Logging
import Model
import State

extension Engine {
    /// How a data root's database is opened, with what else must be known for that.
    static func dataRoot(_ paths: DataPaths, _ store: ImageStore, _ logger: Logger) -> DataRoot {
        DataRoot(
            paths.dataRoot, imageCount: store.contentCount(), hasImage: { store.holds($0) },
            hasMonitor: { access(paths.container($0).socket, F_OK) == 0 }, newID: Identifier.random,
            onForgotten: { CrashPoint.pass($0.crashPoint) }
        ) { logger.warning("\($0)") }
    }

    /// Makes the database of a data root anew from what is on disk, as far as it is lost, and closes it: what
    /// `berthd --recover` does. No daemon may run on the data root.
    /// - Throws: `BerthError` when the database cannot be read or written, or is a newer program's.
    public static func recoverDatabase(configuration: EngineConfiguration, logger: Logger) async throws {
        let paths = DataPaths(dataRoot: configuration.dataRoot, execRoot: configuration.execRoot)
        try paths.make()
        let store = try ImageStore(root: paths.images)
        let root = try DiskReserve(dataRoot: paths.dataRoot).opening {
            try dataRoot(paths, store, logger).rebuild()
        }
        defer { root.database.close() }
        let nameless = try takeInNamelessImages(store, root.database, logger)
        let taken = root.taken
        logger.notice(
            """
            recovered: \(taken.containers) containers, \(taken.images + nameless) images, \(taken.volumes) \
            volumes and \(taken.networks) networks that the database did not know
            """)
    }

    /// Images whose content is there and of which nobody knows a name, as those of an earlier version, are taken in
    /// without one. Not those that containers have kept the content of.
    /// - Returns: how many.
    @discardableResult
    static func takeInNamelessImages(_ store: ImageStore, _ database: Database, _ logger: Logger) throws -> Int {
        let images = try database.allImages()
        let known = Set(images.records.map(\.id) + images.unreadable.map(\.id))
        let unlisted = store.wholeImages().filter { !known.contains($0.id) }
        guard !unlisted.isEmpty else { return 0 }
        let used = Set(try database.allContainers().records.map(\.record.imageID))
        return try unlisted.count { image in
            guard !used.contains(image.id) else { return false }
            try database.takeIn(image.record())
            logger.warning("image \(image.id.prefix(19)) was not in the database, but is on disk: taken in, nameless")
            return true
        }
    }
}

extension KeptKey {
    fileprivate var crashPoint: CrashPoint {
        switch self {
        case .container: .removeForgotten
        case .network: .networkForgotten
        case .volume: .volumeForgotten
        case .image: .imageForgotten
        }
    }
}
