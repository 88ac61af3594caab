import Foundation
import Model

/// The OCI image layout in a tar: `index.json` leads to manifests, those to configurations and layers, all of them
/// under `blobs/` by digest (OCI image specification, "Image Layout").
struct OCILayout {
    static let indexName = "index.json"
    private static let nameAnnotation = "io.containerd.image.name"
    private static let refAnnotation = "org.opencontainers.image.ref.name"
    private static let indexTypes = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json",
    ]

    struct Descriptor: Codable {
        var mediaType: String?
        var digest: String
        var size: Int64
        var annotations: [String: String]?
        var platform: Platform?
    }

    struct Platform: Codable {
        var architecture: String
        var os: String
    }

    struct Index: Codable {
        var schemaVersion = 2
        var mediaType: String?
        var manifests: [Descriptor]
    }

    struct Manifest: Codable {
        var schemaVersion = 2
        var mediaType: String?
        var config: Descriptor
        var layers: [Descriptor]
    }

    private let spool: ArchiveSpool

    /// The images of the layout; from an index for several platforms the host's own.
    static func images(in spool: ArchiveSpool) throws -> [ArchivedContent] {
        let layout = OCILayout(spool: spool)
        let index: Index = try layout.decode(try spool.bytes(of: indexName), name: indexName)
        var images: [ArchivedContent] = []
        for descriptor in index.manifests {
            let reference = try layout.reference(descriptor.annotations ?? [:])
            images.append(try layout.image(descriptor, references: reference.map { [$0] } ?? [], depth: 0))
        }
        return merge(images)
    }

    /// An image may stand in the index once for each of its names.
    private static func merge(_ images: [ArchivedContent]) -> [ArchivedContent] {
        var merged: [ArchivedContent] = []
        for image in images {
            if let at = merged.firstIndex(where: { $0.config == image.config && $0.layers == image.layers }) {
                let more = image.references.filter { !merged[at].references.contains($0) }
                merged[at] = ArchivedContent(
                    config: image.config, configName: image.configName, layers: image.layers,
                    references: merged[at].references + more)
            } else {
                merged.append(image)
            }
        }
        return merged
    }

    private func image(
        _ descriptor: Descriptor, references: [ImageReference], depth: Int
    ) throws -> ArchivedContent {
        let name = try blobName(descriptor.digest)
        let bytes = try verifiedBytes(descriptor.digest)
        if Self.indexTypes.contains(descriptor.mediaType ?? "") {
            guard depth < 4 else { throw BerthError.invalid("read `\(name)` in the image archive: indexes too deep") }
            let index: Index = try decode(bytes, name: name)
            let candidates = index.manifests.filter { manifest in
                guard let platform = manifest.platform else { return true }
                return platform.os == "linux" && platform.architecture == HostPlatform.architecture
            }
            guard let chosen = candidates.first else {
                throw BerthError.notFound("no matching manifest for linux/\(HostPlatform.architecture) in `\(name)`")
            }
            return try image(chosen, references: references, depth: depth + 1)
        }
        let manifest: Manifest = try decode(bytes, name: name)
        return ArchivedContent(
            config: try verifiedBytes(manifest.config.digest), configName: try blobName(manifest.config.digest),
            layers: try manifest.layers.map { try blobName($0.digest) }, references: references)
    }

    /// The name that the index gives an image; a bare tag names no repository, so it is no name.
    private func reference(_ annotations: [String: String]) throws -> ImageReference? {
        if let name = annotations[Self.nameAnnotation] { return try ImageReference(parsing: name).tagged }
        guard let name = annotations[Self.refAnnotation], name.contains(where: { $0 == ":" || $0 == "/" }) else {
            return nil
        }
        return try? ImageReference(parsing: name).tagged
    }

    private func verifiedBytes(_ digest: String) throws -> [UInt8] {
        let name = try blobName(digest)
        let bytes = try spool.bytes(of: name)
        guard Digest.sha256(bytes) == digest else {
            throw BerthError.invalid("read `\(name)` in the image archive: the content does not match the digest")
        }
        return bytes
    }

    private func blobName(_ digest: String) throws -> String {
        guard Digest.isValid(digest) else { throw BerthError.invalid("invalid digest \"\(digest)\" in image archive") }
        return "blobs/sha256/\(Digest.hex(digest))"
    }

    private func decode<Value: Decodable>(_ bytes: [UInt8], name: String) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(bytes))
        } catch {
            throw BerthError.invalid("read `\(name)` in the image archive: \(JSONCause.text(error))")
        }
    }
}
