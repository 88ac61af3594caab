import Images
import Model

extension ImageService {
    /// Finds an image as Docker does: by name, then by ID or a prefix of one.
    /// - Throws: `BerthError.notFound` with Docker's text.
    package func find(_ text: String) throws -> ImageRecord {
        if let reference = try? ImageReference(parsing: text) {
            if reference.digest == nil || reference.tag != nil,
                let id = table.owner(ofTag: reference.tagged.familiar), let image = table[id]
            {
                return image
            }
            if let digest = reference.digest {
                let name = "\(reference.familiarName)@\(digest)"
                if let image = table.all.first(where: { $0.digests.contains(name) }) { return image }
            }
        }
        if let prefix = ImageReference.idPrefix(text) {
            let matches = table.matching(prefix: prefix)
            if matches.count == 1 { return matches[0] }
            if matches.count > 1 { throw BerthError.invalid("image ID prefix \(text) is ambiguous") }
        }
        if ImageReference.idPrefix(text) != nil, text.utf8.count == 64 {
            throw BerthError.notFound("No such image: \(text)")
        }
        throw BerthError.notFound("No such image: \(try ImageReference(parsing: text).tagged.familiar)")
    }
}

extension ImageService {
    /// For filters: the ID of the image that a name or ID means; nil for none.
    func id(of text: String) -> String? {
        if let reference = try? ImageReference(parsing: text),
            let id = table.owner(ofTag: reference.tagged.familiar)
        {
            return id
        }
        return ImageReference.idPrefix(text).flatMap { table.matching(prefix: $0).first?.id }
    }
}
