import CLinux
import Glibc
import Model

/// Deletes a directory tree by descriptor, however deep it is.
///
/// Only so many levels are open at a time: what is deeper is moved up into the top directory and deleted from there.
/// Symbolic links are not followed, other mounts not entered. After an error the rest is deleted all the same.
struct TreeRemoval {
    /// Levels below the top that are deleted where they are.
    private static let maxDepth = 64

    private let top: Descriptor
    /// What was moved up and is still to be deleted.
    private var moved: [FileName] = []
    private var moves = 0
    private var failure: (any Error)?

    private init(_ top: Descriptor) {
        self.top = top
    }

    /// Deletes all that is in the directory; throws the first error. `name` is for messages.
    static func empty(_ directory: Descriptor, name: String) throws {
        var removal = TreeRemoval(directory)
        removal.empty(directory, name: name, depth: 0)
        while let name = removal.moved.popLast() { removal.remove(name, in: directory, depth: 1) }
        if let failure = removal.failure { throw failure }
    }

    /// Deletes `name` in the directory `parent` unless it is a directory with something in it.
    /// - Returns: false in that case.
    static func removeSingle(_ name: FileName, in parent: CInt) throws -> Bool {
        if unlinkat(parent, name, 0) == 0 || errno == ENOENT { return true }
        // EPERM: a directory on some file systems, or an immutable parent or file.
        guard errno == EPERM || errno == EISDIR else { throw SystemCall.failure("remove", name.text) }
        clearMarks(name, in: parent)
        if unlinkat(parent, name, 0) == 0 { return true }
        let code = errno
        if unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT { return true }
        guard [ENOTEMPTY, EEXIST, EBUSY].contains(errno) else {
            throw SystemCall.failure("remove", name.text, errno == ENOTDIR ? code : errno)
        }
        return false
    }

    private mutating func empty(_ directory: Descriptor, name: String, depth: Int) {
        do {
            for child in try Directory.names(in: directory.raw, path: name) {
                remove(child, in: directory, depth: depth + 1)
            }
        } catch {
            failure = failure ?? error
        }
    }

    private mutating func remove(_ name: FileName, in parent: Descriptor, depth: Int) {
        do {
            if try Self.removeSingle(name, in: parent.raw) { return }
            if depth > Self.maxDepth { return try moveUp(name, from: parent) }
            let raw = berth_open_same_mount(parent.raw, name, O_RDONLY | O_DIRECTORY, 0)
            guard raw >= 0 else { throw SystemCall.failure("remove", name.text) }
            empty(Descriptor(raw), name: name.text, depth: depth)
            if unlinkat(parent.raw, name, AT_REMOVEDIR) < 0, errno != ENOENT {
                throw SystemCall.failure("remove directory", name.text)
            }
        } catch {
            failure = failure ?? error
        }
    }

    private mutating func moveUp(_ name: FileName, from parent: Descriptor) throws {
        while true {
            let free = FileName(bytes: ".berth-deep-\(moves)".utf8)
            moves += 1
            if berth_rename_new(parent.raw, name, top.raw, free) == 0 { return moved.append(free) }
            if errno == EEXIST { continue }
            throw SystemCall.failure("remove", name.text)
        }
    }

    /// Takes the immutable and append-only marks off a directory, and off a file or directory in it.
    private static func clearMarks(_ name: FileName, in parent: CInt) {
        berth_clear_inode_flags(parent)
        // Devices are not opened: that alone can do something.
        var status = stat()
        guard fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
            [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
        else { return }
        let file = berth_open_same_mount(parent, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, 0)
        if file >= 0 {
            berth_clear_inode_flags(file)
            close(file)
        }
    }
}
