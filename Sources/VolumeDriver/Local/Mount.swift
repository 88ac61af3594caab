import DriverKit
import Glibc

/// A mount of a volume: mount(2).
struct Mount: Sendable, Equatable {
    var type: String
    var device: String
    var flags: UInt
    var propagation: UInt
    /// The options that are the file system's own.
    var data: String

    /// - Parameter options: comma-separated, as for mount(8).
    /// - Throws: `DriverError.invalid` for an address that cannot be resolved.
    init(type: String, device: String, options: String) throws(DriverError) {
        var parsed = MountOptions(options)
        if type == "nfs" || type == "nfs4" || type == "cifs" { try parsed.resolveAddress() }
        self.type = type
        self.device = device
        (flags, propagation) = (parsed.flags, parsed.propagation)
        data = parsed.data.joined(separator: ",")
    }

    /// Mounts it. The directory must be there.
    func make(at path: String) throws(DriverError) {
        guard Glibc.mount(device, path, type, flags, data) == 0 else { throw failure(path) }
        let readOnlyBind = UInt(MS_BIND | MS_RDONLY)
        var undo = false
        // A bind mount ignores its flags at first. mount(2)
        if flags & readOnlyBind == readOnlyBind, Glibc.mount("", path, "", flags | UInt(MS_REMOUNT), data) != 0 {
            undo = true
        }
        if !undo, propagation != 0, Glibc.mount("", path, "", propagation, nil) != 0 { undo = true }
        guard undo else { return }
        let error = failure(path)
        umount2(path, CInt(MNT_DETACH))
        throw error
    }

    /// Whether something is mounted at the directory. A bind mount from the same file system has the same device
    /// number, so the kernel's own list is asked. proc_pid_mountinfo(5)
    static func isThere(at path: String) -> Bool {
        guard let file = fopen("/proc/thread-self/mountinfo", "re") else { return false }
        defer { fclose(file) }
        let wanted = escaped(path)
        var line: UnsafeMutablePointer<CChar>?
        var size = 0
        defer { free(line) }
        while getline(&line, &size, file) > 0 {
            guard let line else { continue }
            let fields = String(cString: line).split(separator: " ", maxSplits: 5)
            if fields.count > 4, fields[4] == wanted { return true }
        }
        return false
    }

    /// Unmounts all that is mounted at the directory; nothing is no error.
    static func remove(at path: String) throws(DriverError) {
        while isThere(at: path) {
            if umount2(path, CInt(UMOUNT_NOFOLLOW)) == 0 { continue }
            // Somebody is still in it: out of sight now, and gone with the last who uses it.
            guard errno == EBUSY, umount2(path, CInt(UMOUNT_NOFOLLOW | MNT_DETACH)) == 0 else {
                throw .system("unmount `\(path)`: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// As the kernel writes a path in its lists.
    private static func escaped(_ path: String) -> String {
        var text = ""
        for character in path.unicodeScalars {
            switch character {
            case " ": text += "\\040"
            case "\t": text += "\\011"
            case "\n": text += "\\012"
            case "\\": text += "\\134"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }

    private func failure(_ path: String) -> DriverError {
        let reason = String(cString: strerror(errno))
        return .system(
            "error while mounting volume '\(path)': failed to mount local volume: mount \(device):\(path), "
                + "flags: 0x\(String(flags, radix: 16)), data: \(data): \(reason)")
    }
}
