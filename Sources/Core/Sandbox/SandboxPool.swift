import CLinux
import Glibc
import Netlink
import Synchronization

/// Sandboxes made before they are needed, so that a start does not wait for the kernel to make one, and taken down
/// after they were needed, so that a stop does not wait either. All calls may come from any thread.
public final class SandboxPool: Sendable {
    /// Where sandboxes are pinned.
    public let directory: String

    private let worker: SandboxWorker

    /// Prepares `directory`, creating it and mounting it on itself with private propagation so that pins spread to no
    /// other mount namespace. Then starts to fill up in the background.
    /// - Parameter depth: How many sandboxes to hold ready; 0 makes each when it is asked for.
    /// Throws `NetlinkError` when the directory cannot be made or mounted.
    public init(directory: String, depth: Int = 8) throws {
        self.directory = directory
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw NetlinkError("create directory", directory) }
        let mounted = berth_is_mount_root(directory)
        guard mounted >= 0 else { throw NetlinkError("look at", directory) }
        guard mounted == 1 || berth_mount_private(directory) == 0 else {
            throw NetlinkError("mount private", directory)
        }
        worker = try SandboxWorker(directory: directory, depth: depth)
    }

    /// A sandbox that is ready; nil when none is. Does not block.
    /// One that somebody has unpinned meanwhile is passed over.
    public func takeReady() -> Sandbox? {
        while let ready = worker.take() {
            if ready.isPinned { return ready }
            try? ready.destroy()
        }
        return nil
    }

    /// A sandbox of the caller's own: one that is ready, or a new one when none is.
    public func take() throws -> Sandbox {
        if let ready = takeReady() { return ready }
        let directory = directory
        return try onOwnThread { try SandboxMaker().make(at: SandboxMaker.newPath(in: directory)) }
    }

    /// Destroys a sandbox in the background: the kernel makes whoever unmounts wait.
    public func retire(_ sandbox: Sandbox) {
        worker.retire(sandbox)
    }

    /// Removes every sandbox of the directory but those whose paths are to be kept and those of this pool that are
    /// ready: for the start of a daemon, before the first `take`. Gives the paths removed. Throws the first error after all were tried.
    @discardableResult
    public func sweep(keeping paths: Set<String>) throws -> [String] {
        let found = try pinned()
        // Asked after the listing: what the pool makes from now on is not in it.
        let spared = paths.union(worker.paths)
        var removed: [String] = []
        var failure: (any Error)?
        for path in found where !spared.contains(path) {
            do {
                try Sandbox.remove(path)
                removed.append(path)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return removed
    }

    /// The paths in the directory that are named like sandboxes.
    private func pinned() throws -> [String] {
        guard let listing = opendir(directory) else { throw NetlinkError("read directory", directory) }
        defer { closedir(listing) }
        var paths: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.utf8.count == 12, name.allSatisfy(\.isHexDigit) { paths.append("\(directory)/\(name)") }
        }
        return paths
    }

    /// Destroys the sandboxes that are ready or retired, and ends the background thread. Sandboxes that were taken stay as
    /// they are. `take` still works, `retire` then destroys at once.
    public func drain() {
        worker.end()
    }

    /// For the daemon's end: `drain`, then nothing stays but the sandboxes whose paths are to be kept. With none to keep,
    /// the directory's mount goes as well, whatever looks at it just then (MNT_DETACH): a plain umount(2) is refused as
    /// long as anybody, in this namespace or one that its mounts are propagated to, has something of it open.
    /// Throws the first `NetlinkError` after all was tried.
    public func close(keeping paths: Set<String>) throws {
        drain()
        var failure: (any Error)?
        do { try sweep(keeping: paths) } catch { failure = error }
        if paths.isEmpty, umount2(directory, Int32(MNT_DETACH) | Int32(UMOUNT_NOFOLLOW)) != 0, errno != EINVAL {
            failure = failure ?? NetlinkError("unmount", directory)
        }
        if let failure { throw failure }
    }
}
