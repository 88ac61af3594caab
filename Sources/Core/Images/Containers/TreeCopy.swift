import CLinux
import Glibc
import Model

/// Copies a directory tree with owners, modes, times, extended attributes, hard links and special files.
///
/// Symbolic links are copied, never followed; other mounts are not entered. What was made is changed by its descriptor
/// alone, so that somebody who can write to the target meanwhile spoils the copy at most. A tree so deep that a path in it
/// is longer than PATH_MAX is refused. Not thread-safe.
final class TreeCopy {
    private struct Inode: Hashable {
        let device: dev_t
        let number: ino_t

        init(_ status: stat) {
            device = status.st_dev
            number = status.st_ino
        }
    }

    private let target: Descriptor
    /// Where a file with several names was copied to first, from the target's root, and what was made there.
    private var links: [Inode: (path: [UInt8], copy: Inode)] = [:]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)

    init(into target: Descriptor) {
        self.target = target
    }

    deinit { buffer.deallocate() }

    /// Copies what is in `source`, and its own attributes, into the target directory.
    func copy(_ source: Descriptor) throws {
        var walk = TreeWalk()
        while let step = walk.next() {
            let from = try walk.open(below: source)
            let to = try walk.open(below: target)
            switch step {
            case .enter:
                for name in try Directory.names(in: from.raw, path: walk.text) {
                    if try copyChild(name, of: from.raw, to: to.raw, path: walk.path(of: name)) { walk.add(name) }
                }
            case .leave:
                try Self.copyAttributes(from: from.raw, try from.status(walk.text), to: to.raw, name: walk.text)
            }
        }
    }

    /// - Returns: whether it is a directory, whose copy is still empty.
    private func copyChild(_ name: FileName, of source: CInt, to copy: CInt, path: [UInt8]) throws -> Bool {
        var status = stat()
        try SystemCall.check(fstatat(source, name, &status, AT_SYMLINK_NOFOLLOW), "stat", text(path))
        if status.st_mode & S_IFMT == S_IFDIR {
            try SystemCall.check(mkdirat(copy, name, 0o700), "make directory", text(path))
            return true
        }
        if status.st_nlink > 1, let first = links[Inode(status)] {
            try link(name, in: copy, to: first, path: path)
            return false
        }
        let made =
            status.st_mode & S_IFMT == S_IFREG
            ? try copyFile(name, of: source, status, to: copy, path: path)
            : try copySpecial(name, of: source, status, to: copy, path: path)
        if status.st_nlink > 1 { links[Inode(status)] = (path, Inode(try made.status(text(path)))) }
        return false
    }

    /// Gives the copy that was made of a file before one more name.
    private func link(_ name: FileName, in copy: CInt, to first: (path: [UInt8], copy: Inode), path: [UInt8]) throws {
        let raw = berth_open_same_mount(target.raw, FileName(bytes: first.path), BERTH_OPEN_PATH | O_NOFOLLOW, 0)
        guard raw >= 0 else { throw SystemCall.failure("open", first.path) }
        let file = Descriptor(raw)
        guard Inode(try file.status(text(first.path))) == first.copy else { throw Self.replaced(text(first.path)) }
        try SystemCall.check(berth_link(file.raw, copy, name), "hard link", text(path))
    }

    private func copyFile(
        _ name: FileName, of source: CInt, _ status: stat, to copy: CInt, path: [UInt8]
    ) throws -> Descriptor {
        let from = Descriptor(openat(source, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC))
        try SystemCall.check(from.raw, "open", text(path))
        let to = Descriptor(openat(copy, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600))
        try SystemCall.check(to.raw, "create", text(path))
        try copyContent(from.raw, to: to.raw, path: path)
        try Self.copyAttributes(from: from.raw, status, to: to.raw, name: text(path))
        return to
    }

    private func copySpecial(
        _ name: FileName, of source: CInt, _ status: stat, to copy: CInt, path: [UInt8]
    ) throws -> Descriptor {
        let isLink = status.st_mode & S_IFMT == S_IFLNK
        if isLink {
            var link = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            let length = readlinkat(source, name, &link, Int(PATH_MAX))
            guard length >= 0 else { throw SystemCall.failure("read link", path) }
            try SystemCall.check(symlinkat(link, copy, name), "make symbolic link", text(path))
        } else {
            let (major, minor) = (berth_major(status.st_rdev), berth_minor(status.st_rdev))
            try SystemCall.check(berth_mknodat(copy, name, status.st_mode, major, minor), "make node", text(path))
        }
        let made = try Descriptor.find(name, in: copy)
        let found = try made.status(text(path))
        guard found.st_mode & S_IFMT == status.st_mode & S_IFMT, found.st_nlink == 1,
            isLink || found.st_rdev == status.st_rdev
        else { throw Self.replaced(text(path)) }
        try made.changeOwner(status.st_uid, status.st_gid, text(path))
        if !isLink { try made.changeMode(status.st_mode, text(path)) }
        try made.changeTimes(accessed: status.st_atim, modified: status.st_mtim, text(path))
        return made
    }

    private func copyContent(_ source: CInt, to copy: CInt, path: [UInt8]) throws {
        while true {
            let count = read(source, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCall.failure("read", path)
            }
            try FileContent.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: copy, name: text(path))
        }
    }

    /// Copies owner, mode, extended attributes and times of an open file or directory.
    static func copyAttributes(
        from source: CInt, _ status: stat, to copy: CInt, name: @autoclosure () -> String
    ) throws {
        try SystemCall.check(fchown(copy, status.st_uid, status.st_gid), "change owner of", name())
        try SystemCall.check(fchmod(copy, status.st_mode & 0o7777), "change mode of", name())
        try ExtendedAttributes.copy(from: source, to: copy, name: name())
        try SystemCall.check(futimens(copy, [status.st_atim, status.st_mtim]), "set time of", name())
    }

    /// Somebody who can write to the target was at work.
    static func replaced(_ path: String) -> BerthError {
        .conflict("copy `\(path)`: something else was put in its place meanwhile")
    }

    private func text(_ path: [UInt8]) -> String { path.isEmpty ? "." : String(decoding: path, as: UTF8.self) }
}
