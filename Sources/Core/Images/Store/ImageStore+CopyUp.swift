import CLinux
import Glibc
import Model
import Support

/// A directory that may get the content of an image's: Docker's rule for a new volume.
public struct FillTarget: Sendable {
    /// The volume's name, by which an interrupted copy is found again.
    public var volume: String
    /// Where the volume is mounted.
    public var path: String

    public init(volume: String, path: String) {
        self.volume = volume
        self.path = path
    }
}

/// A step of such a copy that was just taken, for tests that interrupt it there.
public enum FillStep: Sendable {
    case begun
    case complete
    case moved
}

extension ImageStore {
    /// Whether `copyUp` with the same arguments may have something to do: a short look, for a thread that has no time.
    public func mayCopyUp(layers: LayerStack, upper: String?, path: String, to target: FillTarget) throws -> Bool {
        if try FillJournal(directory: paths.fills, volume: target.volume).isOpen { return true }
        let volume = try Descriptor.open(target.path, O_RDONLY | O_DIRECTORY)
        return try Directory.isEmpty(volume.raw, path: target.path)
            && Self.mayExist(path, in: layers.absolute + Self.layer(upper))
    }

    /// Copies the directory `path` of a container's root file system, `upper` over `layers`, into the directory
    /// of the volume `target` with owners, modes, times, extended attributes and hard links.
    ///
    /// Does nothing and returns false when the volume is not empty, or `path` is no directory in the image.
    /// `upper` nil or empty stands for no writable layer. Mounts in a namespace of its own, on a thread of its own.
    /// After an error nothing of the copy is in sight; one that a crash interrupted is ended by the next call. Not to be
    /// called for one volume at the same time.
    public func copyUp(
        layers: LayerStack, upper: String?, path: String, to target: FillTarget,
        onStep: @escaping @Sendable (FillStep) -> Void = { _ in }
    ) throws -> Bool {
        let journal = try FillJournal(directory: paths.fills, volume: target.volume)
        let volume = try Descriptor.open(target.path, O_RDONLY | O_DIRECTORY)
        if !journal.isOpen {
            guard try Directory.isEmpty(volume.raw, path: target.path),
                Self.mayExist(path, in: layers.absolute + Self.layer(upper))
            else { return false }
        }
        var lower = layers.lowerDirectories
        if let upper, !upper.isEmpty { lower.insert(try absolute(upper), at: 0) }
        let place = try paths.makeTemporary()
        defer { rmdir(place) }
        let (directories, base) = (lower, layers.baseDirectory)
        return try OwnThread.run(failure: { SystemCall.failure("create", "thread", $0) }) {
            let view = try FillView(lower: directories, base: base, volume: volume, place: place)
            defer { view.leave() }
            let fill = VolumeFill(volume: view.volume, journal: journal, path: target.path, onStep: onStep)
            if try fill.settle() { return false }
            return try Self.copy(path, in: view.image, to: fill)
        }
    }

    /// Forgets a copy that was interrupted: the volume is no more.
    public func forgetFill(of volume: String) throws {
        try FillJournal(directory: paths.fills, volume: volume).end()
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
}
