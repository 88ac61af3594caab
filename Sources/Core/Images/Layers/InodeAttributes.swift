import CLinux
import Glibc
import Model

/// Puts owner, mode, extended attributes and time of an archive's entry on what was unpacked.
enum InodeAttributes {
    /// On an open file or directory. Order matters: chown takes setuid and capabilities away.
    static func apply(_ entry: TarEntry, to file: CInt) throws {
        try SystemCall.check(fchown(file, entry.uid, entry.gid), "change owner of", entry.name)
        try SystemCall.check(fchmod(file, entry.mode), "change mode of", entry.name)
        for (name, value) in entry.attributes where isAllowed(name) {
            let result = fsetxattr(file, name, value, value.count, 0)
            try check(result, name, entry)
        }
        try SystemCall.check(futimens(file, [entry.modified, entry.modified]), "set time of", entry.name)
    }

    /// On a symbolic link, device or fifo, which is not opened.
    static func apply(_ entry: TarEntry, to name: FileName, in parent: CInt) throws {
        let owner = fchownat(parent, name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW)
        try SystemCall.check(owner, "change owner of", entry.name)
        if entry.kind != .symbolicLink {
            try SystemCall.check(fchmodat(parent, name, entry.mode, 0), "change mode of", entry.name)
        }
        let path = FileName(bytes: "/proc/self/fd/\(parent)/".utf8).dropLast() + name
        for (attribute, value) in entry.attributes where isAllowed(attribute) {
            let result = lsetxattr(Array(path), attribute, value, value.count, 0)
            try check(result, attribute, entry)
        }
        let time = utimensat(parent, name, [entry.modified, entry.modified], AT_SYMLINK_NOFOLLOW)
        try SystemCall.check(time, "set time of", entry.name)
    }

    /// overlayfs's own attributes never come from an archive: they could redirect it.
    static func isAllowed(_ attribute: String) -> Bool {
        !attribute.hasPrefix("trusted.overlay.") && !attribute.hasPrefix("user.overlay.")
    }

    private static func check(_ result: CInt, _ attribute: String, _ entry: TarEntry) throws {
        guard result < 0 else { return }
        let code = errno
        // File systems without them, and kinds of files that may not have user attributes.
        if code == ENOTSUP || (code == EPERM && attribute.hasPrefix("user.")) { return }
        throw SystemCall.failure("set attribute \(attribute) of", entry.name, code)
    }
}
