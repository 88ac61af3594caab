import CLinux
import Glibc
import Model

/// A volume that is to get the content of an image's directory, if it has none of its own.
///
/// The copy is made in a directory of the volume, which is renamed when it is complete, and then emptied into the
/// volume. So a copy that fails takes only itself away, and after a crash the next attempt sees how far it came. One
/// attempt at a time; what others put into the volume meanwhile is never touched.
struct VolumeFill {
    /// Names of the copy in the volume: while it is made, and when it is complete.
    private static let partial = FileName(bytes: ".berth-filling".utf8)
    private static let complete = FileName(bytes: ".berth-filled".utf8)

    private let volume: Descriptor
    /// For messages.
    private let path: String

    init(volume path: String) throws {
        self.path = path
        volume = try Descriptor.open(path, O_RDONLY | O_DIRECTORY)
    }

    /// Whether a copy into the volume has begun and has not come to its end.
    var isInterrupted: Bool { exists(Self.complete) || exists(Self.partial) }

    func isEmpty() throws -> Bool { try Directory.isEmpty(volume.raw, path: path) }

    /// Ends what an interrupted copy has begun: moves it into place if it is complete, else takes it away.
    /// - Returns: whether the volume needs no copy any more.
    func settle() throws -> Bool {
        try Directory.remove(Self.partial, in: volume.raw)
        guard exists(Self.complete) else { return try !isEmpty() }
        try moveIntoPlace()
        return true
    }

    /// Copies what is in `source`, and its own attributes, into the volume.
    func copy(_ source: Descriptor) throws {
        do {
            try SystemCall.check(mkdirat(volume.raw, Self.partial, 0o700), "make directory", path)
            let copy = Descriptor(
                openat(volume.raw, Self.partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
            try SystemCall.check(copy.raw, "open directory", path)
            try TreeCopy(into: copy).copy(source)
            try SystemCall.check(
                renameat(volume.raw, Self.partial, volume.raw, Self.complete), "rename directory in", path)
        } catch {
            try? Directory.remove(Self.partial, in: volume.raw)
            throw error
        }
        try moveIntoPlace()
    }

    private func moveIntoPlace() throws {
        let copy = Descriptor(openat(volume.raw, Self.complete, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
        try SystemCall.check(copy.raw, "open directory", path)
        var status = stat()
        try SystemCall.check(fstat(copy.raw, &status), "stat", path)
        for name in try Directory.names(in: copy.raw, path: path) {
            if berth_rename_new(copy.raw, name, volume.raw, name) == 0 { continue }
            guard errno == EEXIST else { throw SystemCall.failure("rename into volume", path) }
            // A container that does not wait for the copy was faster: what is its own stays.
            try Directory.remove(name, in: copy.raw)
        }
        try TreeCopy.copyAttributes(from: copy.raw, status, to: volume.raw, name: path)
        try SystemCall.check(unlinkat(volume.raw, Self.complete, AT_REMOVEDIR), "remove directory in", path)
        try SystemCall.check(futimens(volume.raw, [status.st_atim, status.st_mtim]), "set time of", path)
    }

    private func exists(_ name: FileName) -> Bool {
        var status = stat()
        return fstatat(volume.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    }
}
