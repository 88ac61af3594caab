import Foundation
import Model

/// What goes into an archive of images: each layer once, and the small files that describe them.
struct SavePlan {
    struct File {
        let path: String
        let bytes: [UInt8]
        /// Seconds since 1970.
        let modified: Int64
    }

    /// Layers in the order of the archive, each diff ID once.
    private(set) var layers: [LayerRecord] = []
    private var blobs: [File] = []
    private var items: [DockerArchive.Item] = []
    private var manifests: [OCILayout.Descriptor] = []

    private static let manifestType = "application/vnd.oci.image.manifest.v1+json"
    private static let configType = "application/vnd.oci.image.config.v1+json"
    private static let layerType = "application/vnd.oci.image.layer.v1.tar"

    static func blob(_ digest: String) -> String { "blobs/sha256/\(Digest.hex(digest))" }

    mutating func add(_ image: ArchivedImage, config: [UInt8], created: String?, _ stack: [LayerRecord]) throws {
        for layer in stack where !layers.contains(where: { $0.diffID == layer.diffID }) { layers.append(layer) }
        let modified = max(0, (created.flatMap(Timestamp.nanoseconds) ?? 0) / 1_000_000_000)
        let tags = image.references.filter { $0.tag != nil }
        if let at = items.firstIndex(where: { $0.config == Self.blob(image.id) }) {
            items[at].repoTags = (items[at].repoTags ?? []) + tags.map(\.familiar)
        } else {
            append(File(path: Self.blob(image.id), bytes: config, modified: modified))
            items.append(
                DockerArchive.Item(
                    config: Self.blob(image.id), repoTags: tags.map(\.familiar),
                    layers: stack.map { Self.blob($0.diffID) }))
        }
        let manifest = OCILayout.Manifest(
            mediaType: Self.manifestType,
            config: .init(mediaType: Self.configType, digest: image.id, size: Int64(config.count)),
            layers: stack.map { .init(mediaType: Self.layerType, digest: $0.diffID, size: $0.tarSize) })
        let bytes = try Self.encode(manifest)
        let digest = Digest.sha256(bytes)
        append(File(path: Self.blob(digest), bytes: bytes, modified: modified))
        let names = tags.isEmpty ? [nil] : tags.map(Optional.some)
        for name in names {
            let annotations = name.map {
                ["io.containerd.image.name": $0.canonical, "org.opencontainers.image.ref.name": $0.tag ?? ""]
            }
            manifests.append(
                .init(
                    mediaType: Self.manifestType, digest: digest, size: Int64(bytes.count), annotations: annotations))
        }
    }

    private mutating func append(_ file: File) {
        if !blobs.contains(where: { $0.path == file.path }) { blobs.append(file) }
    }

    /// Everything but the layers.
    func files() throws -> [File] {
        let index = OCILayout.Index(mediaType: "application/vnd.oci.image.index.v1+json", manifests: manifests)
        return blobs + [
            File(path: DockerArchive.manifestName, bytes: try Self.encode(items), modified: 0),
            File(path: OCILayout.indexName, bytes: try Self.encode(index), modified: 0),
            File(path: "oci-layout", bytes: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), modified: 0),
        ]
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }
}
