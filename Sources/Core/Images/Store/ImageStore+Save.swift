import Foundation
import Model

extension ImageStore {
    /// Writes a docker-archive that is an OCI image layout too, uncompressed, to `fileDescriptor`, which stays open.
    /// IDs and digests are those of the loaded images. Holds the images' content meanwhile.
    ///
    /// When this throws, what was written is no whole archive.
    public func save(_ images: [ArchivedImage], to fileDescriptor: CInt) throws {
        let hold = Hold(self)
        defer { withExtendedLifetime(hold) {} }
        var plan = SavePlan()
        for image in images {
            let config = try config(of: image.id)
            hold.add(Digest.chainIDs(of: config.rootfs.diffIDs) + [image.id])
            try plan.add(
                image, config: try configBytes(of: image.id), created: config.created, try layers(of: image.id))
        }
        let writer = try ArchiveWriter(to: fileDescriptor)
        for layer in plan.layers {
            try writer.begin(SavePlan.blob(layer.diffID), size: layer.tarSize, modified: 0)
            try LayerArchive.replay(layer, in: paths.layer(layer.directory), write: writer.write)
        }
        for file in try plan.files() { try writer.file(file.path, file.bytes, modified: file.modified) }
        try writer.finish()
    }
}
