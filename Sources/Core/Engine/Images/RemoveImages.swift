import Images
import Model
import State

/// What a prune of images did.
public struct ImagePruneResult: Sendable {
    /// In order.
    public var removals: [ImageRemoval] = []
    /// Bytes of the layers that are gone.
    public var spaceReclaimed: Int64 = 0
}

extension ImageService {
    /// Takes a name from an image, and removes the image when it was the last.
    /// - Parameter force: removes also an image that has several names, or that stopped containers were made from: they
    ///   keep its content.
    /// - Throws: `BerthError.conflict` with Docker's texts when a container or another name still needs it.
    public func remove(_ ref: String, force: Bool) async throws -> [ImageRemoval] {
        try await DiskReserve.freeing { try await removeWithContent(ref, force: force).removals }
    }

    /// Removes dangling images; with the filter `dangling=false` all that no container has.
    public func prune(filters: Filters) async throws -> ImagePruneResult {
        let filter = try PruneFilter(filters, accepting: ["dangling", "until"])
        let onlyDangling = try filters.flags("dangling").last ?? true
        let used = usage.images
        var result = ImagePruneResult()
        for image in table.all where used[image.id] == nil {
            if onlyDangling, !image.tags.isEmpty { continue }
            guard filter.takes(created: image.created, labels: image.config.labels) else { continue }
            for name in image.tags.isEmpty ? [image.id] : image.tags {
                // One that came into use meanwhile stays.
                guard
                    let removed = try? await DiskReserve.freeing({ try await removeWithContent(name, force: false) })
                else { continue }
                result.removals += removed.removals
                result.spaceReclaimed = result.spaceReclaimed.addingSaturated(removed.bytes)
            }
        }
        events.publishPrune(of: .image, reclaimed: result.spaceReclaimed)
        return result
    }

    /// Removes what a container that is gone has kept of an image that was removed by force.
    func dropContent(ofRemovedImage id: String) async {
        guard table[id] == nil else { return }
        do {
            _ = try await removeUnreferencedContent()
        } catch {
            logger.warning("remove content of image \(id): \(error)")
        }
    }

    /// The images that have a record or that a container was made from.
    func needed() -> Set<String> {
        Set(table.all.map(\.id)).union(usage.users.map(\.imageID)).union(unreadable.images)
    }

    private func removeUnreferencedContent() async throws -> RemovedContent {
        let store = store
        // It makes a directory.
        return try await database.reserve.used {
            try await blocking.runLong { try store.removeUnreferenced { self.needed() } }
        }
    }

    private func removeWithContent(
        _ ref: String, force: Bool
    ) async throws -> (removals: [ImageRemoval], bytes: Int64) {
        let removals = try await table.lock.withLock { try await self.removeRecord(ref, force: force) }
        guard case .deleted(let id)? = removals.last else { return (removals, 0) }
        CrashPoint.pass(.imageRemoveWritten)
        let content = try await removeUnreferencedContent()
        events.publish("delete", ofImage: id, name: id)
        return (removals + content.layers.map { .deleted($0) }, content.bytes)
    }

    /// With the images' lock held.
    /// - Returns: the names that are gone, and last the image, if it is.
    private func removeRecord(_ ref: String, force: Bool) async throws -> [ImageRemoval] {
        var image = try find(ref)
        let name = (try? ImageReference(parsing: ref).tagged.familiar).flatMap { image.tags.contains($0) ? $0 : nil }
        let users = usage.users(ofImage: image.id)
        let running = users.first { $0.state.isRunning || $0.state.status == .starting }
        try Self.checkRemoval(of: image, by: name == nil ? nil : ref, users: users, running: running, force: force)
        let tags = name.map { [$0] } ?? image.tags
        let former = image
        image.tags.removeAll { tags.contains($0) }
        // A running container keeps the image without a name.
        if image.tags.isEmpty, running == nil {
            // A create that begins now does not find it.
            table.remove(id: image.id)
            if force || usage.users(ofImage: image.id).isEmpty {
                // With its names: no kill leaves it without one.
                do {
                    try await database.deleteImage(id: image.id)
                } catch {
                    table.put(former)
                    throw error
                }
                return untagged(tags, image.id) + [.deleted(image.id)]
            }
            table.put(former)
        }
        guard !tags.isEmpty else { return [] }
        try await save(image)
        CrashPoint.pass(.imageUntagged)
        return untagged(tags, image.id)
    }

    private func untagged(_ tags: [String], _ id: String) -> [ImageRemoval] {
        for tag in tags { events.publish("untag", ofImage: id, name: tag) }
        return tags.map { .untagged($0) }
    }

    /// - Parameter name: how the client calls the image, if by one of its names; nil if by its ID.
    private static func checkRemoval(
        of image: ImageRecord, by name: String?, users: [ContainerRecord], running: ContainerRecord?, force: Bool
    ) throws {
        let short = image.id.dropFirst("sha256:".count).prefix(12)
        if let name {
            if image.tags.count == 1, !force, let user = users.first {
                throw BerthError.conflict(
                    "conflict: unable to remove repository reference \"\(name)\" (must force) - container "
                        + "\(user.id.prefix(12)) is using its referenced image \(short)")
            }
            return
        }
        if let running {
            throw BerthError.conflict(
                "conflict: unable to delete \(short) (cannot be forced) - image is being used by running container "
                    + "\(running.id.prefix(12))")
        }
        guard !force else { return }
        if image.tags.count > 1 {
            throw BerthError.conflict(
                "conflict: unable to delete \(short) (must be forced) - image is referenced in multiple repositories")
        }
        if let user = users.first {
            throw BerthError.conflict(
                "conflict: unable to delete \(short) (must be forced) - image is being used by stopped container "
                    + "\(user.id.prefix(12))")
        }
    }
}
