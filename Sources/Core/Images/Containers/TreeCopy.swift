import CLinux
import Glibc
import Model

/// Copies a directory tree with owners, modes, times, extended attributes, hard links and special files.
///
/// Symbolic links are copied, never followed; other mounts are not entered. A tree so deep that a path in it is longer
/// than PATH_MAX is refused. Not thread-safe.
final class TreeCopy {
    private struct Inode: Hashable {
        let device: dev_t
        let number: ino_t
    }

    private let target: Descriptor
    /// Where a file with several names was copied to first, from the target's root.
    private var links: [Inode: [UInt8]] = [:]
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
                var status = stat()
                try SystemCall.check(fstat(from.raw, &status), "stat", walk.text)
                try Self.copyAttributes(from: from.raw, status, to: to.raw, name: walk.text)
            }
        }
    }

    /// - Returns: whether it is a directory, whose copy is still empty.
    private func copyChild(_ name: FileName, of source: CInt, to copy: CInt, path: [UInt8]) throws -> Bool {
        var status = stat()
        try SystemCall.check(fstatat(source, name, &status, AT_SYMLINK_NOFOLLOW), "stat", text(path))
        let type = status.st_mode & S_IFMT
        let inode = Inode(device: status.st_dev, number: status.st_ino)
        if type != S_IFDIR, status.st_nlink > 1 {
            if let first = links[inode] {
                try SystemCall.check(
                    linkat(target.raw, FileName(bytes: first), copy, name, 0), "hard link", text(path))
                return false
            }
            links[inode] = path
        }
        switch type {
        case S_IFDIR:
            try SystemCall.check(mkdirat(copy, name, 0o700), "make directory", text(path))
            return true
        case S_IFREG:
            let from = Descriptor(openat(source, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC))
            try SystemCall.check(from.raw, "open", text(path))
            let to = Descriptor(openat(copy, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600))
            try SystemCall.check(to.raw, "create", text(path))
            try copyContent(from.raw, to: to.raw, path: path)
            try Self.copyAttributes(from: from.raw, status, to: to.raw, name: text(path))
        default:
            try copySpecial(name, of: source, status, to: copy, path: path)
        }
        return false
    }

    private func copySpecial(_ name: FileName, of source: CInt, _ status: stat, to copy: CInt, path: [UInt8]) throws {
        if status.st_mode & S_IFMT == S_IFLNK {
            var link = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
            let length = readlinkat(source, name, &link, Int(PATH_MAX))
            guard length >= 0 else { throw SystemCall.failure("read link", path) }
            try SystemCall.check(symlinkat(link, copy, name), "make symbolic link", text(path))
        } else {
            let (major, minor) = (berth_major(status.st_rdev), berth_minor(status.st_rdev))
            try SystemCall.check(berth_mknodat(copy, name, status.st_mode, major, minor), "make node", text(path))
        }
        let owner = fchownat(copy, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW)
        try SystemCall.check(owner, "change owner of", text(path))
        if status.st_mode & S_IFMT != S_IFLNK {
            try SystemCall.check(fchmodat(copy, name, status.st_mode & 0o7777, 0), "change mode of", text(path))
        }
        let time = utimensat(copy, name, [status.st_atim, status.st_mtim], AT_SYMLINK_NOFOLLOW)
        try SystemCall.check(time, "set time of", text(path))
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

    private func text(_ path: [UInt8]) -> String { path.isEmpty ? "." : String(decoding: path, as: UTF8.self) }
}
