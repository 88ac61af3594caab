import Images
import Model

extension ImageService {
    public func tag(_ ref: String, repository: String, tag: String) async throws {
        let reference = try ImageReference(repository: repository, tag: tag)
        if reference.digest != nil { throw BerthError.invalid("refusing to create a tag with a digest reference") }
        let name = reference.tagged.familiar
        let id = try await table.lock.withLock {
            var image = try self.find(ref)
            if !image.tags.contains(name) { image.tags.append(name) }
            image.lastTagTime = Clock.now()
            try await self.save(image)
            return image.id
        }
        events.publish("tag", ofImage: id, name: name)
    }
}
