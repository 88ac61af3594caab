import Glibc
import Model

/// Where things are in the store's directory.
struct StorePaths: Sendable {
    let root: String

    var blobs: String { "\(root)/blobs/sha256" }
    var layers: String { "\(root)/layers" }
    /// What is being made or deleted; nothing here outlives the process that made it.
    var temporary: String { "\(root)/tmp" }
    /// Which copies into volumes are under way; one that a crash interrupted is ended later.
    var fills: String { "\(root)/fills" }
    /// Stands for the content of images without layers.
    static let emptyLayer = "empty"

    func blob(_ digest: String) -> String { "\(blobs)/\(Digest.hex(digest))" }
    func layer(_ directory: String) -> String { "\(layers)/\(directory)" }
    func content(_ directory: String) -> String { "\(layers)/\(directory)/\(LayerRecord.contentName)" }

    func makeDirectories() throws {
        try Directory.makeAll(root, mode: 0o700)
        for directory in ["\(root)/blobs", blobs, layers, temporary, fills] {
            try Directory.make(directory, mode: 0o700)
            // Earlier builds let others pass.
            try Directory.setMode(directory, 0o700)
        }
        let empty = "\(layers)/\(Self.emptyLayer)"
        try Directory.make(empty, mode: 0o755)
        // What a container of such an image has as its root.
        try Directory.setMode(empty, 0o755)
    }

    /// A new directory of its own below `temporary`.
    func makeTemporary() throws -> String {
        var template = FileName(bytes: "\(temporary)/XXXXXX".utf8)
        guard mkdtemp(&template) != nil else { throw SystemCall.failure("make directory", template.text) }
        return template.text
    }
}
