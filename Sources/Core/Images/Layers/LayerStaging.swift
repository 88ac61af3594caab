import Glibc
import Model

/// Unpacks a layer into a directory in which nobody looks yet.
enum LayerStaging {
    /// Reads `source`, compressed or not, to its end. `staging` gets the content, the recipe and `layer.json`; the
    /// record's diff ID is that of what was read. `parents` are the layers below, top first. A nil `chainID` stands
    /// for a bottom layer whose diff ID is not known before it was read.
    static func unpack(
        _ source: any ByteSource, name: String, into staging: String, parents: [Descriptor], chainID: String?,
        parent: String?
    ) throws -> LayerRecord {
        let content = "\(staging)/\(LayerRecord.contentName)"
        try Directory.make(content, mode: 0o755)
        let root = try Descriptor.open(content, O_RDONLY | O_DIRECTORY)
        try SystemCall.check(fchmod(root.raw, 0o755), "change mode of", content)
        let recipe = try RecipeWriter(path: "\(staging)/\(LayerRecord.recipeName)")
        let plain = HashingSource(try DecompressingSource(source, name: name))
        let unpacker = LayerUnpacker(
            root: root, parents: parents, recipe: recipe, replaced: "\(staging)/\(LayerRecord.replacedName)")
        do {
            try unpacker.unpack(TarReader(plain, name: name, recorder: recipe))
        } catch let error as BerthError {
            throw BerthError(error.code, "unpack layer `\(name)`: \(error.message)")
        }
        try recipe.finish()
        let diffID = plain.digest
        let record = LayerRecord(
            chainID: chainID ?? diffID, diffID: diffID, parent: parent, size: unpacker.size, tarSize: plain.count)
        try record.write(into: staging)
        return record
    }
}
