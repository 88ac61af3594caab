import Model

/// The content of images on disk: configurations by digest, layers unpacked for overlayfs.
///
/// All functions block, may be called from any thread, and touch nothing outside the root directory. Which images
/// exist, and their names, is the database's knowledge. Errors are `BerthError`: 400 for bad archives (naming the
/// file in the archive), 404 for content that is not there, 500 for what the system refused.
public final class ImageStore: Sendable {
    /// Absolute path of the store's directory.
    public let root: String

    /// Opens the store, making its directories (mode 0700, layers 0711) where they are missing.
    public init(root: String) throws {
        self.root = root
    }

    /// Reads a docker-archive or OCI layout tar, plain or compressed, from `fileDescriptor` to its end. The
    /// descriptor stays open. Either every image of the archive is in the store afterwards, or nothing is changed.
    public func load(
        from fileDescriptor: CInt, progress: (LayerProgress) -> Void = { _ in }
    ) throws -> ImageLease { throw BerthError.notImplemented("load") }

    /// Makes an image of one layer from a root file system's tar, plain or compressed.
    /// A change that is no allowed instruction throws 400 before anything is read.
    public func importRootFS(from fileDescriptor: CInt, options: ImportOptions) throws -> ImageLease {
        throw BerthError.notImplemented("import")
    }

    /// Writes a docker-archive with an OCI index, uncompressed. IDs and digests are those of the loaded images.
    public func save(_ images: [ArchivedImage], to fileDescriptor: CInt) throws {
        throw BerthError.notImplemented("save")
    }

    /// The configuration of an image; throws 404 if the store does not hold it.
    public func config(of imageID: String) throws -> ImageConfig { throw BerthError.notImplemented("config") }

    /// The exact bytes of the configuration.
    public func configBytes(of imageID: String) throws -> [UInt8] { throw BerthError.notImplemented("config") }

    /// The layers to mount for a container of this image.
    public func layerStack(of imageID: String) throws -> LayerStack { throw BerthError.notImplemented("layers") }

    /// Bytes of the regular files in all layers.
    public func size(of imageID: String) throws -> Int64 { throw BerthError.notImplemented("size") }

    /// Bytes of every layer on disk, each counted once.
    public func layersSize() -> Int64 { 0 }

    /// Steps of the image, newest first, with the sizes of the layers they made.
    public func history(of imageID: String) throws -> [HistoryLine] { throw BerthError.notImplemented("history") }

    /// Removes configurations and layers that no image in `keeping` needs and no lease holds.
    ///
    /// `keeping` gives the IDs of all images that the database names or a container uses. It is called while no lease
    /// can end, so an image recorded before its lease ended is never lost.
    public func removeUnreferenced(keeping: () throws -> Set<String>) throws -> RemovedContent {
        throw BerthError.notImplemented("remove")
    }

    /// To be called once at start, before any load: removes what an interrupted load or removal left, and everything
    /// unreferenced.
    public func sweep(keeping: Set<String>) throws -> RemovedContent { throw BerthError.notImplemented("sweep") }

    /// Copies the directory `path` of a container's root file system, `upper` over `layers`, into the directory
    /// `destination` with owners, modes, times, extended attributes and hard links: Docker's rule for a new volume.
    ///
    /// Does nothing and returns false when `destination` is not empty, or `path` is no directory in the image.
    /// `upper` nil or empty stands for no writable layer. Mounts in a namespace of its own, on a thread of its own.
    public func copyUp(
        layers: LayerStack, upper: String?, path: String, to destination: String
    ) throws -> Bool { throw BerthError.notImplemented("copy-up") }
}
