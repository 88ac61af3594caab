import Glibc
import Model

extension ImageStore {
    /// Removes configurations and layers that no image in `keeping` needs and no lease holds.
    ///
    /// `keeping` gives the IDs of all images that the database names or a container uses. It is called under the
    /// store's lock, while no lease can end, so an image recorded before its lease ended is never lost; it must not
    /// call the store. When the configuration of a kept image cannot be read, nothing is removed and that is thrown.
    public func removeUnreferenced(keeping: () throws -> Set<String>) throws -> RemovedContent {
        let trash = try paths.makeTemporary()
        defer { try? Directory.remove(at: trash) }
        return try state.withLock { state in
            let images = try keeping()
            var chains: Set<String> = []
            for id in images {
                if state.configs[id] == nil {
                    state.configs[id] = try ImageConfig(json: try configBytes(of: id), source: id)
                }
                chains.formUnion(Digest.chainIDs(of: state.configs[id]?.rootfs.diffIDs ?? []))
            }
            var removed = RemovedContent()
            for name in try Directory.names(at: paths.blobs) {
                let id = Digest.prefix + name
                guard !images.contains(id), !state.isHeld(id) else { continue }
                try SystemCall.check(unlink(paths.blob(id)), "remove", paths.blob(id))
                state.configs[id] = nil
                if Digest.isValid(id) { removed.images.append(id) }
            }
            let unneeded = state.layers.values
                .filter { !chains.contains($0.chainID) && !state.isHeld($0.chainID) }
                .map { (layer: $0, depth: state.depth(of: $0.chainID)) }
                .sorted { $0.depth > $1.depth }
            for (layer, _) in unneeded {
                let path = paths.layer(layer.directory)
                try SystemCall.check(rename(path, "\(trash)/\(layer.directory)"), "remove layer", path)
                state.remove(layer.chainID)
                removed.layers.append(layer.chainID)
                removed.bytes = removed.bytes.addingSaturated(layer.size)
            }
            return removed
        }
    }

    /// To be called once at start, before any load: removes what an interrupted load or removal left, and everything
    /// unreferenced. `keeping` as in `removeUnreferenced`.
    public func sweep(keeping: Set<String>) throws -> RemovedContent {
        for name in try Directory.names(at: paths.temporary) {
            try Directory.remove(at: "\(paths.temporary)/\(name)")
        }
        let whole = state.withLock { Set($0.layers.values.map(\.directory)) }
        for name in try Directory.names(at: paths.layers) where name != StorePaths.emptyLayer && !whole.contains(name) {
            try Directory.remove(at: paths.layer(name))
        }
        return try removeUnreferenced { keeping }
    }
}
