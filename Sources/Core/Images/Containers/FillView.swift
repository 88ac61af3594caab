import CLinux
import Glibc
import Model

/// The calling thread's own mount namespace, in which there is nothing but an image's root file system and a volume.
///
/// A volume may be in a running container, which can put a symbolic link in place of anything in it at any moment. Here
/// such a link leads nowhere else than to these two. Only for a thread that ends afterwards.
struct FillView {
    private static let imagePlace = "/image"
    private static let volumePlace = "/volume"

    let image: Descriptor
    let volume: Descriptor

    /// - Parameters:
    ///   - lower: directories of the image's layers, top first, from `base`; absolute ones as well.
    ///   - volume: the volume's directory, open.
    ///   - place: an empty directory to build it on.
    init(lower: [String], base: String, volume: Descriptor, place: String) throws {
        // Copies of mounts can be made only while the thread is in the namespace that has them.
        let volumeMount = Descriptor(berth_clone_mount(volume.raw))
        try SystemCall.check(volumeMount.raw, "copy the mount of", "volume")
        var layerMount: Descriptor?
        if lower.count == 1 {
            // overlayfs wants two layers at least; one is its own view.
            let layer = lower[0].hasPrefix("/") ? lower[0] : base + "/" + lower[0]
            let directory = try Descriptor.open(layer, BERTH_OPEN_PATH | O_DIRECTORY)
            layerMount = Descriptor(berth_clone_mount(directory.raw))
            try SystemCall.check(layerMount?.raw ?? -1, "copy the mount of", layer)
        }
        try SystemCall.check(berth_enter_private_mounts(), "unshare", "mount namespace")
        try SystemCall.check(berth_mount_scratch(place), "mount tmpfs", place)
        for name in [Self.imagePlace, Self.volumePlace] { try Directory.make(place + name, mode: 0o700) }
        if let layerMount {
            try SystemCall.check(berth_attach_mount(layerMount.raw, place + Self.imagePlace), "mount", lower[0])
        } else {
            try SystemCall.check(chdir(base), "change directory", base)
            try SystemCall.check(Self.mount(lower, at: place + Self.imagePlace), "mount overlay", place)
        }
        try SystemCall.check(berth_attach_mount(volumeMount.raw, place + Self.volumePlace), "mount", "volume")
        try SystemCall.check(berth_enter_root(place), "enter", place)
        image = try Descriptor.open(Self.imagePlace, BERTH_OPEN_PATH | O_DIRECTORY)
        self.volume = try Descriptor.open(Self.volumePlace, O_RDONLY | O_DIRECTORY)
    }

    /// To be called at the end: layers and volume are then free, and not only when the kernel gets to the namespace.
    func leave() {
        umount2(Self.imagePlace, CInt(MNT_DETACH))
        umount2(Self.volumePlace, CInt(MNT_DETACH))
    }

    private static func mount(_ lower: [String], at target: String) -> CInt {
        let mounted = berth_mount_overlay_view(lower.map(escaped).joined(separator: ":"), target)
        guard mounted < 0, errno == E2BIG else { return mounted }
        let names = lower.map { strdup($0) }
        defer { for name in names { free(name) } }
        return names.map { UnsafePointer($0) }.withUnsafeBufferPointer {
            berth_mount_overlay_layers($0.baseAddress, $0.count, target)
        }
    }

    /// Characters that separate lower directories and options.
    private static func escaped(_ path: String) -> String {
        String(path.flatMap { "\\:,".contains($0) ? ["\\", $0] : [$0] })
    }
}
