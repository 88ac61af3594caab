import Model

/// The writable directories of one container: `upper` and `work` of its overlay mount.
public struct ContainerLayer: Sendable {
    /// The container's own directory, `<data root>/containers/<id>`.
    public let root: String

    public init(root: String) {
        self.root = root
    }

    public var upper: String { root + "/upper" }
    public var work: String { root + "/work" }

    /// Makes both directories, and `root` if it is missing; `upper` takes owner and mode of the top layer's root.
    /// Undoes what it made when it fails.
    public func create(over layers: LayerStack) throws { throw BerthError.notImplemented("container layer") }

    /// Bytes of the regular files in `upper`, hard links once; 0 if there is none.
    public func size() -> Int64 { 0 }
}
