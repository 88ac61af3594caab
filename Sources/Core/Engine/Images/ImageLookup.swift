import Images
import Model

extension Engine {
    /// Finds an image as Docker does: by name, then by ID or a prefix of one.
    /// - Throws: `BerthError.notFound` with Docker's text.
    func findImage(_ text: String) throws -> ImageRecord {
        if let reference = try? ImageReference(parsing: text) {
            if reference.digest == nil || reference.tag != nil,
                let id = images.owner(ofTag: reference.tagged.familiar), let image = images[id]
            {
                return image
            }
            if let digest = reference.digest {
                let name = "\(reference.familiarName)@\(digest)"
                if let image = images.all.first(where: { $0.digests.contains(name) }) { return image }
            }
        }
        if let prefix = ImageReference.idPrefix(text) {
            let matches = images.matching(prefix: prefix)
            if matches.count == 1 { return matches[0] }
            if matches.count > 1 { throw BerthError.invalid("image ID prefix \(text) is ambiguous") }
        }
        if ImageReference.idPrefix(text) != nil, text.utf8.count == 64 {
            throw BerthError.notFound("No such image: \(text)")
        }
        throw BerthError.notFound("No such image: \(try ImageReference(parsing: text).tagged.familiar)")
    }
}

extension ImageTable {
    /// For filters: the image that a name or ID means.
    func find(_ text: String) throws -> ImageRecord {
        if let reference = try? ImageReference(parsing: text), let id = owner(ofTag: reference.tagged.familiar),
            let image = self[id]
        {
            return image
        }
        if let prefix = ImageReference.idPrefix(text), let image = matching(prefix: prefix).first { return image }
        throw BerthError.notFound("No such image: \(text)")
    }
}
