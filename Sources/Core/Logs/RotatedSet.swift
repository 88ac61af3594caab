import Glibc

/// The files of one log: `x` which is written, `x.1` before it, and so on to the oldest.
///
/// The writer rotates by renaming, the oldest first, and then makes a new `x`. What is looked up here is therefore
/// looked at again afterwards: if the names still mean the same files, no rotation came between.
struct RotatedSet {
    let path: String

    private func name(_ index: Int) -> String {
        index == 0 ? path : "\(path).\(index)"
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
                if let file = try LogFile(path: name(index)) {
                    if !files.contains(where: { $0.identity == file.identity }) { files.append(file) }
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
        return try LogFile(path: path).map { [$0] } ?? []
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
        if let place = names.first(where: { LogFile.Identity(path: name($0)) == file.identity }) {
            guard place > 0, let next = try LogFile(path: name(place - 1)) else { return nil }
            let isStillThere = LogFile.Identity(path: name(place)) == file.identity
            return isStillThere && next.identity != file.identity ? next : nil
        }
        // So many rotations have passed that the file is gone: go on with the oldest that is left.
        guard let oldest = names.last, let next = try LogFile(path: name(oldest)) else { return nil }
        let isSame = LogFile.Identity(path: name(oldest)) == next.identity && indices().last == oldest
        return isSame && next.identity != file.identity ? next : nil
    }

    /// The numbers of the names that exist, ascending.
    private func indices() -> [Int] {
        var found: [Int] = []
        var index = 0
        while index - (found.last ?? -1) <= 2 {
            if access(name(index), F_OK) == 0 { found.append(index) }
            index += 1
        }
        return found
    }
}
