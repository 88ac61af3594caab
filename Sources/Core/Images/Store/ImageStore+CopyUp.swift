import CLinux
import Glibc
import Model

extension ImageStore {
    /// Whether `copyUp` with the same arguments may have something to do: a short look, for a thread that has no time.
    public func mayCopyUp(layers: LayerStack, upper: String?, path: String, to destination: String) throws -> Bool {
        let fill = try VolumeFill(volume: destination)
        if fill.isInterrupted { return true }
        return try fill.isEmpty() && Self.mayExist(path, in: layers.absolute + Self.layer(upper))
    }

    /// Copies the directory `path` of a container's root file system, `upper` over `layers`, into the directory
    /// `destination` with owners, modes, times, extended attributes and hard links: Docker's rule for a new volume.
    ///
    /// Does nothing and returns false when `destination` is not empty, or `path` is no directory in the image.
    /// `upper` nil or empty stands for no writable layer. Mounts in a namespace of its own, on a thread of its own.
    /// After an error nothing of the copy is in sight; one that a crash interrupted is ended by the next call. Not to be
    /// called for one destination at the same time.
    public func copyUp(
        layers: LayerStack, upper: String?, path: String, to destination: String
    ) throws -> Bool {
        let fill = try VolumeFill(volume: destination)
        if try fill.settle() { return false }
        var lower = layers.lowerDirectories
        if let upper, !upper.isEmpty { lower.insert(try absolute(upper), at: 0) }
        guard lower.count > 1 else {
            // overlayfs wants two layers at least; one is its own view.
            let root = try Descriptor.open(layers.absolute[0], BERTH_OPEN_PATH | O_DIRECTORY)
            return try Self.copy(path, in: root, to: fill)
        }
        guard Self.mayExist(path, in: layers.absolute + Self.layer(upper)) else { return false }
        let mountPoint = try paths.makeTemporary()
        defer { rmdir(mountPoint) }
        let option = lower.map(Self.escaped).joined(separator: ":")
        let base = layers.baseDirectory
        return try DetachedThread.run {
            try SystemCall.check(berth_enter_private_mounts(), "unshare", "mount namespace")
            try SystemCall.check(chdir(base), "change directory", base)
            let mounted = berth_mount_overlay_view(option, mountPoint)
            try SystemCall.check(mounted, "mount overlay", mountPoint)
            // The layers are free when this returns, not when the kernel gets to the ended namespace.
            defer { umount2(mountPoint, CInt(MNT_DETACH)) }
            let root = try Descriptor.open(mountPoint, BERTH_OPEN_PATH | O_DIRECTORY)
            return try Self.copy(path, in: root, to: fill)
        }
    }

    private static func layer(_ upper: String?) -> [String] { upper.map { $0.isEmpty ? [] : [$0] } ?? [] }

    /// False when no layer has the first component of the path: spares most new volumes the mount.
    private static func mayExist(_ path: String, in layers: [String]) -> Bool {
        guard let first = path.split(separator: "/").first(where: { $0 != "." }), first != ".." else { return true }
        return layers.contains { layer in
            var status = stat()
            return lstat("\(layer)/\(first)", &status) == 0
        }
    }

    private static func copy(_ path: String, in root: Descriptor, to fill: VolumeFill) throws -> Bool {
        let raw = berth_open_in_root(root.raw, path, O_RDONLY | O_DIRECTORY, 0)
        guard raw >= 0 else {
            if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return false }
            throw SystemCall.failure("open", path)
        }
        try fill.copy(Descriptor(raw))
        return true
    }

    private func absolute(_ path: String) throws -> String {
        guard !path.hasPrefix("/") else { return path }
        throw BerthError.system("copy up: `\(path)` is not an absolute path")
    }

    /// Characters that separate lower directories and options.
    private static func escaped(_ path: String) -> String {
        String(path.flatMap { "\\:,".contains($0) ? ["\\", $0] : [$0] })
    }
}
