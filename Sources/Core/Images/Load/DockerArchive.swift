import Foundation
import Model

/// An image that an archive describes, before anything of it is in the store.
struct ArchivedContent {
    let config: [UInt8]
    /// Name of the configuration in the archive.
    let configName: String
    /// Names of the layers in the archive, bottom first.
    let layers: [String]
    let references: [ImageReference]
}

/// The layout that `docker save` writes: `manifest.json` names configurations, layers and tags.
enum DockerArchive {
    static let manifestName = "manifest.json"

    struct Item: Codable {
        var config: String
        var repoTags: [String]?
        var layers: [String]?

        enum CodingKeys: String, CodingKey {
            case config = "Config", repoTags = "RepoTags", layers = "Layers"
        }
    }

    static func images(in spool: ArchiveSpool) throws -> [ArchivedContent] {
        let items: [Item]
        do {
            items = try JSONDecoder().decode([Item].self, from: Data(try spool.bytes(of: manifestName)))
        } catch let error as DecodingError {
            throw BerthError.invalid("read `\(manifestName)` in the image archive: \(JSONCause.text(error))")
        }
        return try items.map { item in
            let references = try (item.repoTags ?? []).map { tag in
                let reference = try ImageReference(parsing: tag)
                guard reference.tag != nil else { throw BerthError.invalid("invalid tag \"\(tag)\"") }
                return reference
            }
            return ArchivedContent(
                config: try spool.bytes(of: item.config), configName: item.config, layers: item.layers ?? [],
                references: references)
        }
    }
}
