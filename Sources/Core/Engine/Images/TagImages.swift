import Images
import Model

extension Engine {
    public func tagImage(_ ref: String, repository: String, tag: String) async throws {
        var image = try findImage(ref)
        let reference = try ImageReference(repository: repository, tag: tag)
        if reference.digest != nil { throw BerthError.invalid("refusing to create a tag with a digest reference") }
        let name = reference.tagged.familiar
        if !image.tags.contains(name) { image.tags.append(name) }
        image.lastTagTime = Clock.now()
        try await save(image)
        bus.publish(.image, "tag", image.id, ["name": name])
    }

    /// Takes a name from an image, and removes the image when it was the last.
    /// - Throws: `BerthError.conflict` with Docker's texts when a container or another name still needs it.
    public func removeImage(_ ref: String, force: Bool, noPrune: Bool) async throws -> [ImageRemoval] {
        var image = try findImage(ref)
        let short = String(image.id.dropFirst("sha256:".count).prefix(12))
        let named = (try? ImageReference(parsing: ref).tagged.familiar).flatMap { image.tags.contains($0) ? $0 : nil }
        var removals: [ImageRemoval] = []
        let users = containers.all.filter { $0.record.imageID == image.id }
        if let named {
            if image.tags.count > 1 {
                return [try await untag(&image, named)]
            }
            if let user = users.first, !force {
                throw BerthError.conflict(
                    "conflict: unable to remove repository reference \"\(ref)\" (must force) - container "
                        + "\(user.id.prefix(12)) is using its referenced image \(short)")
            }
        } else if image.tags.count > 1, !force {
            throw BerthError.conflict(
                "conflict: unable to delete \(short) (must be forced) - image is referenced in multiple repositories")
        }
        if let running = users.first(where: { $0.process != nil }), named == nil || force, named == nil {
            throw BerthError.conflict(
                "conflict: unable to delete \(short) (cannot be forced) - image is being used by running container "
                    + "\(running.id.prefix(12))")
        }
        if let user = users.first, !force {
            throw BerthError.conflict(
                "conflict: unable to delete \(short) (must be forced) - image is being used by stopped container "
                    + "\(user.id.prefix(12))")
        }
        for tag in image.tags { removals.append(try await untag(&image, tag)) }
        // A container that needs the image keeps it, without a name.
        guard users.isEmpty else { return removals }
        try await database.deleteImage(id: image.id)
        images.remove(id: image.id)
        removals.append(.deleted(image.id))
        for layer in try await removeUnreferencedContent().layers { removals.append(.deleted(layer)) }
        bus.publish(.image, "delete", image.id, ["name": image.id])
        return removals
    }

    private func untag(_ image: inout ImageRecord, _ tag: String) async throws -> ImageRemoval {
        image.tags.removeAll { $0 == tag }
        try await save(image)
        bus.publish(.image, "untag", image.id, ["name": tag])
        return .untagged(tag)
    }

    /// Removes dangling images; with the filter `dangling=false` all that no container has.
    public func pruneImages(filters: Filters) async throws -> PruneResult {
        try filters.validate(accepted: ["dangling", "until", "label", "label!"])
        let onlyDangling = filters["dangling"].last.flatMap(Self.flag) ?? true
        let until = try filters["until"].last.map { try PruneTime.parse($0) }
        let used = imageUsers()
        var result = PruneResult(removed: [])
        for image in images.all where used[image.id] == nil {
            if onlyDangling, !image.tags.isEmpty { continue }
            if let until, image.created >= until { continue }
            guard filters.matchesLabels(image.config.labels) else { continue }
            if !filters["label!"].isEmpty, filters.matchesLabels(image.config.labels, filter: "label!") { continue }
            guard let removals = try? await removeImage(image.id, force: true, noPrune: false) else { continue }
            for case .deleted(let id) in removals { result.removed.append(id) }
            result.spaceReclaimed += image.size
        }
        return result
    }

    private func removeUnreferencedContent() async throws -> RemovedContent {
        let store = imageStore
        return try await blocking.run {
            try store.removeUnreferenced { self.neededImages() }
        }
    }

    /// The images that have a record or that a container was made from.
    func neededImages() -> Set<String> {
        Set(images.all.map(\.id)).union(containers.all.map(\.record.imageID))
    }
}
