import Glibc
import LaunchPlan

/// The names of a log's files: `x`, which is written, and from the newest to the oldest `x.1`, `x.2`, …, each of which may be
/// compressed and is `x.1.gz` then. Where both are there, a compression was ended in its last step: the compressed one is
/// whole, and counts.
struct Rotation {
    let path: String
    /// The highest number; 0 where nothing is kept but `x`.
    let last: Int
    private let compresses: Bool

    init(_ plan: LaunchPlan.Log) {
        path = plan.path
        last = Int(plan.maxFiles) - 1
        compresses = plan.compress
    }

    func plain(_ number: Int) -> String { "\(path).\(number)" }
    func compressed(_ number: Int) -> String { "\(path).\(number).gz" }

    /// Takes the name of `x` away. Who reads it reads on to its end. False when that cannot be done.
    func moveAside() -> Bool {
        guard last > 0 else { return Self.remove(path) }
        // What was left in the middle has a number free: what is behind that may stay.
        var free = 1
        while free <= last, exists(free) { free += 1 }
        if free > last {
            guard !compresses || Self.remove(compressed(last)), Self.remove(plain(last)) else { return false }
            free = last
        }
        for number in stride(from: free - 1, through: 1, by: -1) where !shift(number) { return false }
        return Self.rename(path, plain(1))
    }

    private func exists(_ number: Int) -> Bool {
        access(plain(number), F_OK) == 0 || compresses && access(compressed(number), F_OK) == 0
    }

    private func shift(_ number: Int) -> Bool {
        if compresses, access(compressed(number), F_OK) == 0 {
            return Self.remove(plain(number)) && Self.rename(compressed(number), compressed(number + 1))
        }
        return Self.rename(plain(number), plain(number + 1))
    }

    /// The number of the newest file that is to be compressed; nil where there is none.
    func newestPlain() -> Int? {
        for number in 1...max(1, last) {
            let isPlain = access(plain(number), F_OK) == 0
            if access(compressed(number), F_OK) == 0 {
                if isPlain { _ = Self.remove(plain(number)) }
            } else {
                return isPlain ? number : nil
            }
        }
        return nil
    }

    /// The number of the plain file that is this inode; nil where it has gone meanwhile.
    func number(device: dev_t, inode: ino_t) -> Int? {
        for number in 1...max(1, last) {
            var status = stat()
            if stat(plain(number), &status) == 0 {
                if status.st_dev == device, status.st_ino == inode { return number }
            } else if access(compressed(number), F_OK) != 0 {
                return nil
            }
        }
        return nil
    }

    private static func remove(_ path: String) -> Bool { unlink(path) == 0 || errno == ENOENT }
    private static func rename(_ old: String, _ new: String) -> Bool {
        Glibc.rename(old, new) == 0 || errno == ENOENT
    }
}
