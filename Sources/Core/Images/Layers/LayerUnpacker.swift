import CLinux
import Glibc
import Model

/// Unpacks the tar of one layer into a directory that overlayfs can use as a lower one.
///
/// Every path goes through openat2 with RESOLVE_IN_ROOT, so nothing outside the directory is reached, whatever the
/// archive says. OCI whiteouts become overlayfs's own (OCI image specification, "Whiteouts"; the kernel's
/// Documentation/filesystems/overlayfs.rst). Nobody else may change the directory meanwhile. Not thread-safe.
final class LayerUnpacker {
    let root: Descriptor
    /// The layers below, top first, for the attributes of directories that the archive implies.
    let parents: [Descriptor]
    let recipe: RecipeWriter
    /// Where files go that a later entry of the same archive replaces: the recipe still needs their content.
    let replaced: String
    /// Inode of an unpacked file to its index in the recipe.
    private var recorded: [ino_t: Int] = [:]
    /// Times of directories by inode, to be set at the end.
    private var directoryTimes: [ino_t: (path: [UInt8], time: timespec)] = [:]
    private var openParent: (path: [[UInt8]], directory: Descriptor)?
    /// Bytes of regular files.
    private(set) var size: Int64 = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)

    init(root: Descriptor, parents: [Descriptor], recipe: RecipeWriter, replaced: String) {
        self.root = root
        self.parents = parents
        self.recipe = recipe
        self.replaced = replaced
    }

    deinit { buffer.deallocate() }

    /// Unpacks the archive to its last byte.
    func unpack(_ reader: TarReader) throws {
        while let entry = try reader.next() {
            try unpack(entry, from: reader)
        }
        try reader.drain()
        setDirectoryTimes()
    }

    private func unpack(_ entry: TarEntry, from reader: TarReader) throws {
        let path = try ArchivePath.components(entry.path)
        guard let last = path.last else {
            // The root itself: its attributes are the layer's.
            if entry.kind == .directory { try finishDirectory(root.raw, entry, path: []) }
            return
        }
        // aufs kept its own data under names like these; nothing of it belongs to the image.
        let isOpaqueMark = last.elementsEqual(Whiteout.opaqueMark)
        if !isOpaqueMark, path.contains(where: { $0.starts(with: Whiteout.metadataPrefix) }) { return }
        if entry.kind == .hardLink, try ArchivePath.components(entry.target, of: "link target") == path { return }

        let parent = try directory(Array(path.dropLast()))
        if isOpaqueMark {
            try setOpaque(parent.raw, entry.name)
        } else if last.starts(with: Whiteout.prefix) {
            try Whiteout.make(for: Array(last.dropFirst(Whiteout.prefix.count)), in: parent.raw, entry: entry.name)
        } else {
            try make(entry, path: path, in: parent, from: reader)
        }
    }

    private func make(_ entry: TarEntry, path: [[UInt8]], in parent: Descriptor, from reader: TarReader) throws {
        let name = FileName(bytes: path[path.count - 1])
        let isDirectory = entry.kind == .directory
        var hidesLower = false
        var status = stat()
        if fstatat(parent.raw, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
            let existed = status.st_mode & S_IFMT
            hidesLower = isDirectory && Whiteout.isWhiteout(status)
            if !(isDirectory && existed == S_IFDIR) {
                if existed == S_IFDIR { openParent = nil }
                try discard(name, in: parent.raw)
            }
        }
        switch entry.kind {
        case .directory:
            if mkdirat(parent.raw, name, 0o700) < 0, errno != EEXIST {
                throw SystemCall.failure("make directory", entry.path)
            }
            let made = openat(parent.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard made >= 0 else { throw SystemCall.failure("open directory", entry.path) }
            let directory = Descriptor(made)
            if hidesLower { try setOpaque(directory.raw, entry.name) }
            try finishDirectory(directory.raw, entry, path: path)
        case .file:
            try makeFile(entry, name: name, path: path, in: parent, from: reader)
        case .hardLink:
            try link(entry, name: name, in: parent)
        case .symbolicLink:
            let target = FileName(bytes: entry.target)
            try SystemCall.check(symlinkat(target, parent.raw, name), "make symbolic link", entry.name)
            try InodeAttributes.apply(entry, to: name, in: parent.raw)
        case .fifo, .characterDevice, .blockDevice:
            try makeNode(entry, name: name, path: path, in: parent)
        }
    }

    private func makeFile(
        _ entry: TarEntry, name: FileName, path: [[UInt8]], in parent: Descriptor, from reader: TarReader
    ) throws {
        let raw = openat(parent.raw, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard raw >= 0 else { throw SystemCall.failure("create", entry.path) }
        let file = Descriptor(raw)
        let index = recipe.fileCount
        try reader.contentIsKept(as: ArchivePath.join(path))
        if recipe.fileCount > index {
            var status = stat()
            try SystemCall.check(fstat(raw, &status), "stat", entry.name)
            recorded[status.st_ino] = index
        }
        try FileContent.write(entry, from: reader, to: raw, buffer: buffer)
        try InodeAttributes.apply(entry, to: file.raw)
        size = size.addingSaturated(entry.size)
    }

    private func link(_ entry: TarEntry, name: FileName, in parent: Descriptor) throws {
        let target = try ArchivePath.components(entry.target, of: "link target")
        let what = "\(entry.name)` to `\(String(decoding: entry.target, as: UTF8.self))"
        guard !target.isEmpty else { throw SystemCall.failure("hard link", what, EPERM) }
        // A link to a symbolic link is one more name of that link.
        let path = FileName(bytes: ArchivePath.join(target))
        let raw = berth_open_in_root(root.raw, path, BERTH_OPEN_PATH | O_NOFOLLOW, 0)
        guard raw >= 0 else { throw SystemCall.failure("hard link", what) }
        let file = Descriptor(raw)
        try SystemCall.check(berth_link(file.raw, parent.raw, name), "hard link", what)
    }

    private func makeNode(_ entry: TarEntry, name: FileName, path: [[UInt8]], in parent: Descriptor) throws {
        var type: mode_t = S_IFIFO
        if entry.kind != .fifo {
            type = entry.kind == .characterDevice ? S_IFCHR : S_IFBLK
            // What overlayfs has left in a tree hides this name here, too; there is nothing to see of it.
            if type == S_IFCHR, entry.major == 0, entry.minor == 0 {
                return try Whiteout.make(for: Array(path[path.count - 1]), in: parent.raw, entry: entry.name)
            }
        }
        let result = berth_mknodat(parent.raw, name, type | 0o600, entry.major, entry.minor)
        try SystemCall.check(result, "make node", entry.name)
        try InodeAttributes.apply(entry, to: name, in: parent.raw)
    }

    private func finishDirectory(_ directory: CInt, _ entry: TarEntry, path: [[UInt8]]) throws {
        try InodeAttributes.apply(entry, to: directory)
        var status = stat()
        try SystemCall.check(fstat(directory, &status), "stat", entry.name)
        directoryTimes[status.st_ino] = (ArchivePath.join(path), entry.modified)
    }

    /// Times of directories come last: unpacking into them changes them.
    private func setDirectoryTimes() {
        for (path, time) in directoryTimes.values {
            let name = FileName(bytes: path.isEmpty ? Array(".".utf8) : path)
            // A directory that was replaced after all has no time to set.
            let raw = berth_open_in_root_nofollow(root.raw, name, O_RDONLY | O_DIRECTORY, 0)
            guard raw >= 0 else { continue }
            futimens(raw, [time, time])
            close(raw)
        }
    }

    private func setOpaque(_ directory: CInt, _ name: String) throws {
        try SystemCall.check(fsetxattr(directory, Whiteout.opaqueAttribute, "y", 1, 0), "mark opaque", name)
    }

    /// Takes away what an earlier entry made, keeping what the recipe needs.
    private func discard(_ name: FileName, in parent: CInt) throws {
        var status = stat()
        try SystemCall.check(fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW), "stat", name.text)
        if status.st_mode & S_IFMT == S_IFDIR {
            let raw = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard raw >= 0 else { throw SystemCall.failure("open directory", name.text) }
            try keepFiles(below: Descriptor(raw))
        } else {
            try keepFile(name, in: parent, status)
        }
        try Directory.remove(name, in: parent)
    }

    private func keepFiles(below top: Descriptor) throws {
        var walk = TreeWalk()
        while let step = walk.next() {
            guard step == .enter else { continue }
            let directory = try walk.open(below: top)
            for name in try Directory.names(in: directory.raw, path: walk.text) {
                var status = stat()
                try SystemCall.check(fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW), "stat", walk.text)
                if status.st_mode & S_IFMT == S_IFDIR {
                    walk.add(name)
                } else {
                    try keepFile(name, in: directory.raw, status)
                }
            }
        }
    }

    private func keepFile(_ name: FileName, in parent: CInt, _ status: stat) throws {
        guard status.st_mode & S_IFMT == S_IFREG, let index = recorded[status.st_ino] else { return }
        try Directory.make(replaced, mode: 0o700)
        let kept = "\(replaced)/\(index)"
        // The name stays where it and the other are links to one file: rename(2).
        try SystemCall.check(renameat(parent, name, AT_FDCWD, kept), "keep", name.text)
    }

    /// The directory of these components, made with what is missing above it.
    private func directory(_ path: [[UInt8]]) throws -> Descriptor {
        if path.isEmpty { return root }
        if let openParent, openParent.path == path { return openParent.directory }
        var found: Descriptor?
        var present = path.count
        while present > 0 {
            found = try open(Array(path[..<present]))
            if found != nil { break }
            present -= 1
        }
        var directory = found ?? root
        for length in present..<path.count {
            let missing = Array(path[...length])
            try ImpliedDirectory.make(missing, in: directory.raw, parents: parents)
            guard let made = try open(missing) else {
                throw SystemCall.failure("open directory", ArchivePath.join(missing), ENOENT)
            }
            directory = made
        }
        openParent = (path, directory)
        return directory
    }

    /// nil where there is no directory of these components.
    private func open(_ path: [[UInt8]]) throws -> Descriptor? {
        let joined = ArchivePath.join(path)
        let raw = berth_open_in_root(root.raw, FileName(bytes: joined), O_RDONLY | O_DIRECTORY, 0)
        if raw >= 0 { return Descriptor(raw) }
        guard errno == ENOENT || errno == ENOTDIR else { throw SystemCall.failure("open directory", joined) }
        return nil
    }
}
