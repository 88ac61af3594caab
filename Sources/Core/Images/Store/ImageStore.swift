import CLinux
import Glibc
import Model
import Synchronization

/// The content of images on disk: configurations by digest, layers unpacked for overlayfs.
///
/// All functions block, may be called from any thread, and touch nothing outside the root directory. Which images
/// exist, and their names, is the database's knowledge. Errors are `BerthError`: 400 for bad archives (naming the
/// file in the archive), 404 for content that is not there, 500 for what the system refused.
public final class ImageStore: Sendable {
    /// Absolute path of the store's directory.
    public let root: String
    let paths: StorePaths
    let state = Mutex(StoreState())

    /// The most layers an image may have: what overlayfs takes, less the writable one, which is a lower one too while a
    /// volume is filled. Kernels before 6.8 take no more than their mount options hold.
    public static let maxLayers = berth_overlay_takes_many() ? 499 : 125

    /// Opens the store, making its directories where they are missing, and reads which layers it holds.
    public init(root: String) throws {
        self.root = root
        paths = StorePaths(root: root)
        try paths.makeDirectories()
        var found = StoreState()
        for name in try Directory.names(at: paths.layers) where name != StorePaths.emptyLayer {
            guard var layer = LayerRecord.read(from: paths.layer(name)) else { continue }
            layer.directory = name
            found.add(layer)
        }
        let layers = found
        state.withLock { $0 = layers }
    }

    /// The configuration of an image; throws 404 if the store does not hold it.
    public func config(of imageID: String) throws -> ImageConfig {
        if let known = state.withLock({ $0.configs[imageID] }) { return known }
        let config = try ImageConfig(json: try configBytes(of: imageID), source: imageID)
        state.withLock { $0.configs[imageID] = config }
        return config
    }

    /// The exact bytes of the configuration; throws 404 if the store does not hold it, 500 if they are damaged.
    public func configBytes(of imageID: String) throws -> [UInt8] {
        let path = paths.blob(imageID)
        guard Digest.isValid(imageID), access(path, F_OK) == 0 else {
            throw BerthError.notFound("No such image: \(imageID)")
        }
        let bytes = try FileContent.read(path)
        guard Digest.sha256(bytes) == imageID else {
            throw BerthError.system("read `\(path)`: the image's configuration is damaged")
        }
        return bytes
    }

    /// The layers to mount for a container of this image; an image without layers gets an empty directory.
    public func layerStack(of imageID: String) throws -> LayerStack {
        let layers = try layers(of: imageID)
        guard !layers.isEmpty else {
            return LayerStack(baseDirectory: paths.layers, lowerDirectories: [StorePaths.emptyLayer])
        }
        let directories = layers.reversed().map { "\($0.directory)/\(LayerRecord.contentName)" }
        return LayerStack(baseDirectory: paths.layers, lowerDirectories: directories)
    }

    /// As `layerStack`, of an image whose configuration has been read before; nil for any other. Never blocks.
    public func knownLayerStack(of imageID: String) -> LayerStack? {
        state.withLock { $0.configs[imageID] != nil } ? try? layerStack(of: imageID) : nil
    }

    /// Bytes of the regular files in all layers.
    public func size(of imageID: String) throws -> Int64 {
        try layers(of: imageID).reduce(0) { $0.addingSaturated($1.size) }
    }

    /// Bytes of every layer on disk, each counted once.
    public func layersSize() -> Int64 {
        state.withLock { $0.layers.values.reduce(0) { $0.addingSaturated($1.size) } }
    }

    /// Bytes that each of these images has in layers that others of them have too. Images that the store does not hold
    /// are left out.
    public func sharedSizes(of imageIDs: [String]) -> [String: Int64] {
        var stacks: [String: [LayerRecord]] = [:]
        var users: [String: Int] = [:]
        for id in Set(imageIDs) {
            guard let layers = try? layers(of: id) else { continue }
            stacks[id] = layers
            for layer in layers { users[layer.chainID, default: 0] += 1 }
        }
        return stacks.mapValues { layers in
            layers.reduce(0) { $0.addingSaturated((users[$1.chainID] ?? 0) > 1 ? $1.size : 0) }
        }
    }

    /// Steps of the image, newest first, with the sizes of the layers they made.
    public func history(of imageID: String) throws -> [HistoryLine] {
        let config = try config(of: imageID)
        var sizes = try layers(of: imageID).map(\.size)[...]
        var steps = config.history ?? []
        // Layers that the history does not know.
        let named = steps.count { $0.emptyLayer != true }
        steps += repeatElement(ImageConfig.History(), count: max(0, sizes.count - named))
        return steps.map { step in
            let size = step.emptyLayer == true ? 0 : sizes.popFirst() ?? 0
            let created = step.created.flatMap(Timestamp.nanoseconds) ?? 0
            return HistoryLine(
                created: created / 1_000_000_000, createdBy: step.createdBy ?? "", comment: step.comment ?? "",
                size: size)
        }.reversed()
    }

    /// The layers of an image, bottom first.
    func layers(of imageID: String) throws -> [LayerRecord] {
        let chain = Digest.chainIDs(of: try config(of: imageID).rootfs.diffIDs)
        return try state.withLock { state in
            try chain.map { chainID in
                guard let layer = state.layers[chainID] else {
                    throw BerthError.system("image \(imageID): layer \(chainID) is missing in `\(paths.layers)`")
                }
                return layer
            }
        }
    }

    /// Writes the file system of the store to disk; called before anything new is handed out.
    func sync() throws {
        let directory = try Descriptor.open(paths.layers, O_RDONLY | O_DIRECTORY)
        try SystemCall.check(berth_syncfs(directory.raw), "sync", paths.layers)
    }
}
