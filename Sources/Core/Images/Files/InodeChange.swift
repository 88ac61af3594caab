import CLinux
import Glibc

/// Changes of an open file that look no name up: whoever can write to the directory cannot have them hit another file.
extension Descriptor {
    /// The file `name` in the directory `parent`, whatever it is: a symbolic link is not followed, nothing is opened for
    /// reading or writing (O_PATH of open(2)). `name` is a single component.
    static func find(_ name: FileName, in parent: CInt) throws -> Descriptor {
        let raw = openat(parent, name, BERTH_OPEN_PATH | O_NOFOLLOW | O_CLOEXEC)
        guard raw >= 0 else { throw SystemCall.failure("open", name.text) }
        return Descriptor(raw)
    }

    func status(_ name: @autoclosure () -> String) throws -> stat {
        var status = stat()
        try SystemCall.check(fstat(raw, &status), "stat", name())
        return status
    }

    func changeOwner(_ uid: uid_t, _ gid: gid_t, _ name: @autoclosure () -> String) throws {
        try SystemCall.check(berth_change_owner(raw, uid, gid), "change owner of", name())
    }

    /// - Parameter mode: other bits than those of 07777 are passed over.
    func changeMode(_ mode: mode_t, _ name: @autoclosure () -> String) throws {
        try SystemCall.check(berth_change_mode(raw, mode & 0o7777), "change mode of", name())
    }

    func changeTimes(accessed: timespec, modified: timespec, _ name: @autoclosure () -> String) throws {
        try SystemCall.check(berth_change_times(raw, [accessed, modified]), "set time of", name())
    }
}
