import Glibc
import Model

extension ImageStore {
    /// How many images there is something of: configurations, or layers if these are more. For a look before anything is
    /// decided; nothing is read.
    public func contentCount() -> Int {
        let configs = (try? Directory.names(at: paths.blobs))?.count ?? 0
        return max(configs, state.withLock { $0.layers.count })
    }

    /// Whether the store has an image whole: its configuration, undamaged, and all of its layers.
    public func holds(_ imageID: String) -> Bool { (try? layers(of: imageID)) != nil }

    /// All images that the store has whole, without names.
    public func wholeImages() -> [StoredImage] {
        let ids = ((try? Directory.names(at: paths.blobs)) ?? []).map { Digest.prefix + $0 }
        return ids.sorted().compactMap { id in
            guard let config = try? config(of: id), let size = try? size(of: id) else { return nil }
            return StoredImage(id: id, references: [], config: config, size: size)
        }
    }
}
