import CLinux
import Glibc
import Model

/// Marks of deletion in layers: OCI's in archives, overlayfs's on disk.
enum Whiteout {
    static let prefix = Array(".wh.".utf8)
    static let metadataPrefix = Array(".wh..wh.".utf8)
    static let opaqueMark = Array(".wh..wh..opq".utf8)
    static let opaqueAttribute = "trusted.overlay.opaque"

    /// Hides `name` of the layers below. What this layer itself has under the name stays, and hides the lower alone.
    static func make(for name: [UInt8], in parent: CInt, entry: String) throws {
        guard !name.isEmpty, !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8) else {
            throw BerthError.invalid("archive entry `\(entry)`: whiteout of no file")
        }
        let target = FileName(bytes: name)
        if berth_mknodat(parent, target, S_IFCHR, 0, 0) == 0 { return }
        guard errno == EEXIST else { throw SystemCall.failure("make whiteout", entry) }
        let raw = openat(parent, target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard raw >= 0 else { return }
        defer { close(raw) }
        try SystemCall.check(fsetxattr(raw, opaqueAttribute, "y", 1, 0), "mark opaque", entry)
    }

    static func isWhiteout(_ status: stat) -> Bool {
        status.st_mode & S_IFMT == S_IFCHR && status.st_rdev == 0
    }
}

/// Directories that an archive needs but does not list.
enum ImpliedDirectory {
    /// Makes the last of `path` in `above`, with owner and mode of the same directory in the layers below it.
    static func make(_ path: [[UInt8]], in above: CInt, parents: [Descriptor]) throws {
        let text = String(decoding: ArchivePath.join(path), as: UTF8.self)
        let name = FileName(bytes: path[path.count - 1])
        var status = stat()
        let hidesLower = fstatat(above, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && Whiteout.isWhiteout(status)
        if hidesLower { try SystemCall.check(unlinkat(above, name, 0), "remove whiteout", text) }
        try SystemCall.check(mkdirat(above, name, 0o755), "make directory", text)
        let raw = openat(above, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard raw >= 0 else { throw SystemCall.failure("open directory", text) }
        let directory = Descriptor(raw)
        try SystemCall.check(fchmod(raw, 0o755), "change mode", text)
        if hidesLower {
            try SystemCall.check(fsetxattr(raw, Whiteout.opaqueAttribute, "y", 1, 0), "mark opaque", text)
        } else if let lower = lowerStatus(path, parents) {
            try SystemCall.check(fchown(directory.raw, lower.st_uid, lower.st_gid), "change owner", text)
            try SystemCall.check(fchmod(directory.raw, lower.st_mode & 0o7777), "change mode", text)
        }
    }

    private static func lowerStatus(_ path: [[UInt8]], _ parents: [Descriptor]) -> stat? {
        let name = FileName(bytes: ArchivePath.join(path))
        for parent in parents {
            let raw = berth_open_in_root_nofollow(parent.raw, name, BERTH_OPEN_PATH | O_NOFOLLOW, 0)
            guard raw >= 0 else { continue }
            defer { close(raw) }
            var status = stat()
            guard fstat(raw, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
            return status
        }
        return nil
    }
}
