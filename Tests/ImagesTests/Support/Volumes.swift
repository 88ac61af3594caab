import Images

extension ImageStore {
    /// For a volume that is named like its path.
    func copyUp(layers: LayerStack, upper: String?, path: String, to volume: String) throws -> Bool {
        try copyUp(layers: layers, upper: upper, path: path, to: FillTarget(volume: volume, path: volume))
    }

    func mayCopyUp(layers: LayerStack, upper: String?, path: String, to volume: String) throws -> Bool {
        try mayCopyUp(layers: layers, upper: upper, path: path, to: FillTarget(volume: volume, path: volume))
    }
}
