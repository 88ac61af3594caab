import Glibc

/// The files of one log: `x` which is written, `x.1` before it, and so on to the oldest; all but `x` may be compressed, and are
/// `x.1.gz` and so on then.
///
/// The writer rotates by renaming, the oldest first, and then makes a new `x`. What is looked up here is therefore
/// looked at again afterwards: if the names still mean the same files, no rotation came between. A file that is compressed has
/// both names for a moment.
struct RotatedSet: Sendable {
    let path: String
    /// Told what is damaged.
    var warn: @Sendable (String) -> Void = { _ in }

    private func name(_ index: Int) -> String {
        index == 0 ? path : "\(path).\(index)"
    }

    private func file(_ index: Int) throws -> LogFile? {
        if index == 0 { return try LogFile(path: path, warn: warn) }
        let compressed = name(index) + ".gz"
        // Once more, as the one may take the place of the other between the two looks.
        return try LogFile(path: compressed, isCompressed: true, warn: warn) ?? LogFile(path: name(index), warn: warn)
            ?? LogFile(path: compressed, isCompressed: true, warn: warn)
    }

    private func exists(_ index: Int) -> Bool {
        let plain = name(index)
        if access(plain, F_OK) == 0 { return true }
        return index > 0 && (access(plain + ".gz", F_OK) == 0 || access(plain, F_OK) == 0)
    }

    /// All files, the newest first. Empty where nothing was written yet.
    func open() throws -> [LogFile] {
        for attempt in 0..<20 {
            if attempt > 0 { usleep(1000) }
            var files: [LogFile] = []
            var index = 0
            // In the middle of a rotation one number is missing.
            var missing = 0
            while missing < 2 {
                if let file = try file(index) {
                    if !files.contains(where: { $0.isSame(as: file) }) { files.append(file) }
                    missing = 0
                } else {
                    missing += 1
                }
                index += 1
            }
            // While the newest is to be had under no name, it is just being made, or nothing was ever written.
            guard let first = files.first else { return [] }
            if LogFile.Identity(path: path) == first.identity { return files }
        }
        return try file(0).map { [$0] } ?? []
    }

    /// Whether another file has taken the place of `file` as the one that is written. From then on nothing is written
    /// to `file` any more.
    func hasRotated(_ file: LogFile) -> Bool {
        guard let current = LogFile.Identity(path: path) else { return false }
        return current != file.identity
    }

    /// The file that was begun after `file`; nil while that cannot be said for sure, to be asked again.
    func successor(of file: LogFile) throws -> LogFile? {
        let names = indices()
        if let place = try names.first(where: { try isNamed($0, file) }) {
            guard place > 0, let next = try self.file(place - 1) else { return nil }
            return try isNamed(place, file) && !next.isSame(as: file) ? next : nil
        }
        // So many rotations have passed that the file is gone: go on with the oldest that is left.
        guard let oldest = names.last, let next = try self.file(oldest) else { return nil }
        let isSame = try isNamed(oldest, next) && indices().last == oldest
        return isSame && !next.isSame(as: file) ? next : nil
    }

    /// Whether the number is that of the file now.
    private func isNamed(_ index: Int, _ file: LogFile) throws -> Bool {
        // Whoever holds a file knows its inode, so that no other file can have it. A compressed one is to be opened for that.
        if LogFile.Identity(path: name(index)) == file.identity { return true }
        return try index > 0 && (self.file(index)?.isSame(as: file) ?? false)
    }

    /// The numbers of the names that exist, ascending.
    private func indices() -> [Int] {
        var found: [Int] = []
        var index = 0
        while index - (found.last ?? -1) <= 2 {
            if exists(index) { found.append(index) }
            index += 1
        }
        return found
    }
}
