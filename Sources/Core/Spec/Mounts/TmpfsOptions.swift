import LaunchPlan
import Model

/// The options of `--tmpfs`: those of mount(8) that hold for any file system, as flags, and those of tmpfs(5).
package struct TmpfsOptions: Sendable, Equatable {
    package typealias Flag = LaunchPlan.MountFlag

    /// What holds unless the options say otherwise.
    package static let standard = Flag.noSuid | Flag.noExec | Flag.noDevices

    package private(set) var flags = standard
    package private(set) var propagation = LaunchPlan.Propagation.unchanged
    /// For the file system itself: "size=1m,mode=0700".
    package private(set) var data = ""

    package var isReadOnly: Bool { flags & Flag.readOnly != 0 }

    package init() {}

    /// - Throws: `BerthError.invalid` naming an option that there is not, or whose value is none.
    package init(parsing text: String) throws {
        var values: [Substring] = []
        for word in text.split(separator: ",") {
            if let change = Self.changes[word] {
                flags = flags & ~change.clear | change.set
            } else if let propagation = Self.propagations[word] {
                self.propagation = propagation
            } else {
                guard Self.isValue(word) else { throw BerthError.invalid("invalid tmpfs option [\"\(word)\"]") }
                values.append(word)
            }
        }
        data = values.lastOfEach { $0.prefix { $0 != "=" } }.joined(separator: ",")
    }

    private struct Change {
        var set: UInt64 = 0
        var clear: UInt64 = 0
    }

    private static func set(_ flag: UInt64) -> Change { Change(set: flag) }
    private static func clear(_ flag: UInt64) -> Change { Change(clear: flag) }

    /// Docker's list, but for `remount` and `bind`, which make no new file system.
    private static let changes: [Substring: Change] = [
        "defaults": Change(), "ro": set(Flag.readOnly), "rw": clear(Flag.readOnly),
        "suid": clear(Flag.noSuid), "nosuid": set(Flag.noSuid), "dev": clear(Flag.noDevices),
        "nodev": set(Flag.noDevices), "exec": clear(Flag.noExec), "noexec": set(Flag.noExec),
        "sync": set(Flag.synchronous), "async": clear(Flag.synchronous), "dirsync": set(Flag.directorySynchronous),
        "mand": set(Flag.mandatoryLocks), "nomand": clear(Flag.mandatoryLocks), "atime": clear(Flag.noAccessTime),
        "noatime": set(Flag.noAccessTime), "diratime": clear(Flag.noDirectoryAccessTime),
        "nodiratime": set(Flag.noDirectoryAccessTime), "relatime": set(Flag.relativeAccessTime),
        "norelatime": clear(Flag.relativeAccessTime), "strictatime": set(Flag.strictAccessTime),
        "nostrictatime": clear(Flag.strictAccessTime),
    ]

    /// A new mount has none below it: whether this is meant recursively makes no difference.
    private static let propagations: [Substring: LaunchPlan.Propagation] = [
        "private": .private, "rprivate": .private, "shared": .shared, "rshared": .shared, "slave": .slave,
        "rslave": .slave, "unbindable": .unbindable, "runbindable": .unbindable,
    ]

    private static func isValue(_ word: Substring) -> Bool {
        guard let equals = word.firstIndex(of: "=") else { return false }
        let value = word[word.index(after: equals)...]
        guard !value.isEmpty else { return false }
        switch word[..<equals] {
        case "size": return value.last == "%" ? Int(value.dropLast()) ?? -1 >= 0 : isAmount(value)
        case "nr_inodes", "nr_blocks": return isAmount(value)
        case "mode": return UInt16(value, radix: 8).map { $0 <= 0o7777 } ?? false
        case "uid", "gid": return UInt32(value) != nil
        case "mpol": return true
        default: return false
        }
    }

    /// A number with a unit, as the kernel reads it (memparse).
    private static func isAmount(_ text: Substring) -> Bool {
        var digits = text.lowercased()
        if let unit = digits.last, "kmgtpe".contains(unit), !digits.hasPrefix("0x") { digits.removeLast() }
        return (digits.hasPrefix("0x") ? UInt64(digits.dropFirst(2), radix: 16) : UInt64(digits)) != nil
    }
}
