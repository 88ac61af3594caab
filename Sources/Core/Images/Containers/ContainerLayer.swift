import CLinux
import Glibc
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

    /// Makes both directories, and `root` (mode 0710) if it is missing; `upper` takes owner and mode of the top
    /// layer's root, which is what the container sees as "/". Undoes what it made when it fails.
    public func create(over layers: LayerStack) throws {
        var attributes = stat()
        let top = layers.absolute.first ?? layers.baseDirectory
        try SystemCall.check(stat(top, &attributes), "stat", top)
        let madeRoot = mkdir(root, 0o710) == 0
        if !madeRoot, errno != EEXIST { throw SystemCall.failure("make directory", root) }
        do {
            try SystemCall.check(mkdir(upper, 0o755), "make directory", upper)
            do {
                let made = try Descriptor.open(upper, BERTH_OPEN_PATH | O_DIRECTORY | O_NOFOLLOW)
                try made.changeOwner(attributes.st_uid, attributes.st_gid, upper)
                try made.changeMode(attributes.st_mode, upper)
                try SystemCall.check(mkdir(work, 0o700), "make directory", work)
            } catch {
                rmdir(upper)
                throw error
            }
        } catch {
            if madeRoot { rmdir(root) }
            throw error
        }
    }

    /// Bytes of the regular files in `upper`, hard links once; 0 if there is none. What a running container changes
    /// meanwhile may or may not be counted.
    public func size() -> Int64 { TreeSize.bytes(below: upper) }
}
