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
        let file = try Descriptor.find(name, in: parent)
        try file.changeOwner(entry.uid, entry.gid, entry.name)
        if entry.kind != .symbolicLink { try file.changeMode(entry.mode, entry.name) }
        for (attribute, value) in entry.attributes where isAllowed(attribute) {
            // There is no call for a descriptor of O_PATH; this name is the file itself and leads no further.
            let result = setxattr("/proc/self/fd/\(file.raw)", attribute, value, value.count, 0)
            try check(result, attribute, entry)
        }
        try file.changeTimes(accessed: entry.modified, modified: entry.modified, entry.name)
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
