import CLinux
import Glibc

/// Removal of a directory with all that is in it, however deep it is.
///
/// Symbolic links are removed, never followed, and another file system that is mounted in it is left alone. Only so many
/// levels are open at a time: what is deeper is moved up into the top directory and removed from there.
struct Tree {
    /// Levels below the top that are removed where they are.
    private static let maxDepth = 64

    private let device: dev_t
    /// The top directory, while it is open.
    private var top: CInt = -1
    private var moves = 0

    private init(device: dev_t) { self.device = device }

    /// Removes the tree, as far as it can.
    /// - Returns: 0, or the errno of the first thing that stayed.
    @discardableResult
    static func remove(_ path: String) -> CInt {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT ? 0 : errno }
        var tree = Tree(device: status.st_dev)
        return tree.remove(path, at: AT_FDCWD, depth: 0)
    }

    private mutating func remove(_ name: UnsafePointer<CChar>, at parent: CInt, depth: Int) -> CInt {
        if unlinkat(parent, name, 0) == 0 || errno == ENOENT { return 0 }
        guard errno == EISDIR || errno == EPERM else { return errno }
        if errno == EPERM, Self.clearMarks(name, in: parent), unlinkat(parent, name, 0) == 0 { return 0 }
        if depth > Self.maxDepth { return moveUp(name, from: parent) }
        let directory = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard directory >= 0 else { return errno }
        var status = stat()
        guard fstat(directory, &status) == 0, status.st_dev == device, let stream = fdopendir(directory) else {
            close(directory)
            return EXDEV
        }
        if depth == 0 { top = directory }
        // What is in a directory with marks cannot be removed, nor the directory itself.
        _ = berth_clear_inode_flags(directory)
        let failure = empty(stream, directory, depth: depth)
        closedir(stream)
        if failure != 0 { return failure }
        return unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno
    }

    /// Takes the immutable and append-only marks off a file: a container may have set them (CAP_LINUX_IMMUTABLE).
    /// - Returns: false when it is no file that has any.
    private static func clearMarks(_ name: UnsafePointer<CChar>, in parent: CInt) -> Bool {
        var status = stat()
        guard fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return false
        }
        let file = openat(parent, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return berth_clear_inode_flags(file) == 0
    }

    private mutating func empty(_ stream: OpaquePointer, _ directory: CInt, depth: Int) -> CInt {
        var failure: CInt = 0
        // Reading goes on while entries are removed, and moved up: what is missed is seen by the next pass.
        var removed = true
        while removed, failure == 0 {
            removed = false
            rewinddir(stream)
            while let entry = readdir(stream) {
                let result: CInt? = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                    tuple.withMemoryRebound(to: CChar.self, capacity: 256) { child in
                        if strcmp(child, ".") == 0 || strcmp(child, "..") == 0 { return nil }
                        return remove(child, at: directory, depth: depth + 1)
                    }
                }
                guard let result else { continue }
                if result == 0 { removed = true } else if failure == 0 { failure = result }
            }
        }
        return failure
    }

    private mutating func moveUp(_ name: UnsafePointer<CChar>, from parent: CInt) -> CInt {
        while true {
            moves += 1
            if renameat(parent, name, top, ".deep-\(moves)") == 0 { return 0 }
            // Something has that name already.
            guard [EEXIST, ENOTEMPTY, ENOTDIR].contains(errno) else { return errno }
        }
    }
}
