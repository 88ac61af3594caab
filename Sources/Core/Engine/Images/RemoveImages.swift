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

extension Engine {
    /// Takes a name from an image, and removes the image when it was the last.
    /// - Parameter force: removes also an image that has several names, or that stopped containers were made from: they
    ///   keep its content.
    /// - Throws: `BerthError.conflict` with Docker's texts when a container or another name still needs it.
    public func removeImage(_ ref: String, force: Bool) async throws -> [ImageRemoval] {
        try await DiskReserve.freeing { try await removeWithContent(ref, force: force).removals }
    }

    /// Removes dangling images; with the filter `dangling=false` all that no container has.
    public func pruneImages(filters: Filters) async throws -> ImagePruneResult {
        try filters.validate(accepted: ["dangling", "until", "label", "label!"])
        for value in filters["dangling"] where Self.flag(value) == nil {
            throw BerthError.invalid("invalid filter 'dangling=\(value)'")
        }
        let onlyDangling = filters["dangling"].last.flatMap(Self.flag) ?? true
        let until = try filters["until"].last.map { try PruneTime.parse($0) }
        let used = imageUsers()
        var result = ImagePruneResult()
        for image in images.all where used[image.id] == nil {
            if onlyDangling, !image.tags.isEmpty { continue }
            if let until, image.created >= until { continue }
            guard filters.matchesLabels(image.config.labels) else { continue }
            if !filters["label!"].isEmpty, filters.matchesLabels(image.config.labels, filter: "label!") { continue }
            for name in image.tags.isEmpty ? [image.id] : image.tags {
                // One that came into use meanwhile stays.
                guard
                    let removed = try? await DiskReserve.freeing({ try await removeWithContent(name, force: false) })
                else { continue }
                result.removals += removed.removals
                result.spaceReclaimed = result.spaceReclaimed.addingSaturated(removed.bytes)
            }
        }
        publishPrune(.image, reclaimed: result.spaceReclaimed)
        return result
    }

    /// Removes what a container that is gone has kept of an image that was removed by force.
    func dropContent(ofRemovedImage id: String) async {
        guard images[id] == nil else { return }
        do {
            _ = try await removeUnreferencedContent()
        } catch {
            logger.warning("remove content of image \(id): \(error)")
        }
    }

    /// The images that have a record or that a container was made from.
    func neededImages() -> Set<String> {
        Set(images.all.map(\.id)).union(containers.usingRecords.map(\.imageID)).union(unreadable.images)
    }

    private func removeUnreferencedContent() async throws -> RemovedContent {
        let store = imageStore
        // It makes a directory.
        return try await database.reserve.used {
            try await blocking.runLong { try store.removeUnreferenced { self.neededImages() } }
        }
    }

    private func removeWithContent(
        _ ref: String, force: Bool
    ) async throws -> (removals: [ImageRemoval], bytes: Int64) {
        let removals = try await images.lock.withLock { try await self.removeRecord(ref, force: force) }
        guard case .deleted(let id)? = removals.last else { return (removals, 0) }
        let content = try await removeUnreferencedContent()
        bus.publish(.image, "delete", id, ["name": id])
        return (removals + content.layers.map { .deleted($0) }, content.bytes)
    }

    /// With the images' lock held.
    /// - Returns: the names that are gone, and last the image, if it is.
    private func removeRecord(_ ref: String, force: Bool) async throws -> [ImageRemoval] {
        var image = try findImage(ref)
        let name = (try? ImageReference(parsing: ref).tagged.familiar).flatMap { image.tags.contains($0) ? $0 : nil }
        let users = containers.usingRecords.filter { $0.imageID == image.id }
        let running = users.first { $0.state.isRunning || $0.state.status == .starting }
        try Self.checkRemoval(of: image, by: name == nil ? nil : ref, users: users, running: running, force: force)
        var removals: [ImageRemoval] = []
        for tag in name.map({ [$0] }) ?? image.tags { removals.append(try await untag(&image, tag)) }
        // A running container keeps the image without a name.
        guard image.tags.isEmpty, running == nil else { return removals }
        // A create that begins now does not find it.
        images.remove(id: image.id)
        do {
            guard force || imageUsers()[image.id] == nil else {
                images.put(image)
                return removals
            }
            try await database.deleteImage(id: image.id)
        } catch {
            images.put(image)
            throw error
        }
        return removals + [.deleted(image.id)]
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

    private func untag(_ image: inout ImageRecord, _ tag: String) async throws -> ImageRemoval {
        image.tags.removeAll { $0 == tag }
        try await save(image)
        bus.publish(.image, "untag", image.id, ["name": tag])
        return .untagged(tag)
    }
}
