import Foundation
import Model

/// An image's configuration (OCI image specification, "Image Configuration", with Docker's additions).
///
/// The store keeps the configuration's exact bytes, whose digest is the image's ID; this is a reading of them.
public struct ImageConfig: Codable, Sendable, Equatable {
    public struct RootFS: Codable, Sendable, Equatable {
        @OrEmpty public var type: String
        /// Digests of the uncompressed layer tars, bottom first. Docker leaves an empty list out.
        @OrEmpty public var diffIDs: [String]

        /// Without layers.
        public init() { type = ImageConfig.layersType }

        enum CodingKeys: String, CodingKey {
            case type, diffIDs = "diff_ids"
        }
    }

    public struct History: Codable, Sendable, Equatable {
        /// RFC 3339.
        public var created: String?
        public var createdBy: String?
        public var author: String?
        public var comment: String?
        /// Whether this step made no layer.
        public var emptyLayer: Bool?

        public init() {}

        enum CodingKeys: String, CodingKey {
            case created, createdBy = "created_by", author, comment, emptyLayer = "empty_layer"
        }
    }

    /// Empty where the image does not say: then the host's, as with Docker.
    @OrEmpty public var architecture: String
    public var variant: String?
    /// Empty where the image does not say: then Linux.
    @OrEmpty public var os: String
    /// RFC 3339.
    public var created: String?
    public var author: String?
    public var comment: String?
    public var dockerVersion: String?
    /// Absent in images that say nothing but their layers.
    public var config: ContainerConfig?
    public var rootfs: RootFS
    public var history: [History]?

    private static let layersType = "layers"

    enum CodingKeys: String, CodingKey {
        case architecture, variant, os, created, author, comment, dockerVersion = "docker_version"
        case config, rootfs, history
    }

    /// A configuration without layers for `architecture` and `os`.
    public init(architecture: String, os: String) {
        self.rootfs = RootFS()
        self.architecture = architecture
        self.os = os
    }

    /// Reads the bytes of a configuration; throws `BerthError` 400 naming `source` and the cause.
    public init(json: [UInt8], source: String) throws {
        do {
            self = try JSONDecoder().decode(ImageConfig.self, from: Data(json))
        } catch {
            throw BerthError.invalid("read image configuration \(source): \(JSONCause.text(error))")
        }
        guard ["", Self.layersType].contains(rootfs.type) else {
            throw BerthError.invalid("read image configuration \(source): unknown rootfs type \"\(rootfs.type)\"")
        }
        for diffID in rootfs.diffIDs where !Digest.isValid(diffID) {
            throw BerthError.invalid("read image configuration \(source): invalid diff ID \"\(diffID)\"")
        }
    }

    /// The bytes to store for a configuration made here: keys sorted, so equal values have equal IDs.
    public func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(self))
    }
}
