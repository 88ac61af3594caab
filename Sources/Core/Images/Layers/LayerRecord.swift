import Foundation
import Model

/// What `layer.json` in a layer's directory says.
struct LayerRecord: Codable, Sendable, Equatable {
    /// Name of the layer's directory, short so that many fit in a mount's options. Not stored: it is where it is.
    var directory = ""
    let chainID: String
    let diffID: String
    /// Chain ID of the layer it stands on.
    let parent: String?
    /// Bytes of its regular files.
    let size: Int64
    /// Bytes of its tar, uncompressed.
    let tarSize: Int64

    static let fileName = "layer.json"
    static let recipeName = "recipe.zst"
    static let replacedName = "replaced"
    static let contentName = "diff"

    enum CodingKeys: String, CodingKey {
        case chainID = "chain-id", diffID = "diff-id", parent, size, tarSize = "tar-size"
    }

    init(chainID: String, diffID: String, parent: String?, size: Int64, tarSize: Int64) {
        self.chainID = chainID
        self.diffID = diffID
        self.parent = parent
        self.size = size
        self.tarSize = tarSize
    }

    func write(into directory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let path = "\(directory)/\(Self.fileName)"
        try FileContent.create(path, with: [UInt8](try encoder.encode(self)), mode: 0o600)
    }

    /// nil when the directory holds no whole layer.
    static func read(from directory: String) -> LayerRecord? {
        guard let bytes = try? FileContent.read("\(directory)/\(fileName)") else { return nil }
        return try? JSONDecoder().decode(LayerRecord.self, from: Data(bytes))
    }
}
