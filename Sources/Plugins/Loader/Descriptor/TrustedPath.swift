import Glibc

/// Whether what a path leads to can be changed by root alone: what the daemon runs, is told by or connects to must be.
///
/// Each component counts, links on the way too. A directory may be writable by others only where nobody can take away
/// what is not his own, as in /tmp: owned by root and sticky, inode(7). Beside root, the user whom the daemon's own
/// program belongs to is trusted: he could have put another one in its place.
package enum TrustedPath {
    private static let maxLinks = 40

    package enum Verdict: Equatable {
        case trusted
        /// There is no such file. Whoever uses the path all the same may find one that was put there meanwhile.
        case absent
        /// Why the file, or a directory or link on the way to it, is not to be trusted.
        case objection(String)
    }

    /// Why the file, or a directory or link on the way to it, is not to be trusted; nil if it is, or if there is no such
    /// file. The path is absolute.
    package static func objection(to path: String) -> String? {
        if case .objection(let text) = verdict(on: path) { text } else { nil }
    }

    /// What a path leads to is trusted at that moment and stays so: directories are looked at from the root on, and nobody but
    /// root can change what is in those that were found in order. The path is absolute.
    package static func verdict(on path: String) -> Verdict {
        var rest = path.split(separator: "/").reversed().map(String.init)
        var place = ""
        var links = 0
        if let objection = objection(at: "/") { return .objection(objection) }
        while let component = rest.popLast() {
            if component == "." { continue }
            if component == ".." {
                place = place.lastIndex(of: "/").map { String(place[..<$0]) } ?? ""
                continue
            }
            place += "/" + component
            var status = stat()
            guard lstat(place, &status) == 0 else { return .absent }
            guard status.st_mode & S_IFMT == S_IFLNK else {
                if let objection = objection(to: place, status, isLast: rest.isEmpty) {
                    return .objection(objection)
                }
                continue
            }
            if let objection = owner(of: place, status) { return .objection(objection) }
            links += 1
            guard links <= maxLinks, let target = target(of: place) else {
                return .objection("`\(place)` is a link that leads nowhere")
            }
            rest += target.split(separator: "/").reversed().map(String.init)
            place = target.hasPrefix("/") ? "" : place.lastIndex(of: "/").map { String(place[..<$0]) } ?? ""
        }
        return .trusted
    }

    private static func objection(at path: String) -> String? {
        var status = stat()
        return lstat(path, &status) == 0 ? objection(to: path, status, isLast: false) : nil
    }

    private static func objection(to path: String, _ status: stat, isLast: Bool) -> String? {
        if let objection = owner(of: path, status) { return objection }
        // Who may write to a socket may connect to it, and no more.
        if status.st_mode & S_IFMT == S_IFSOCK { return nil }
        let isSticky = !isLast && status.st_mode & S_ISVTX != 0
        if isSticky { return nil }
        let mode = "mode 0" + String(status.st_mode & 0o7777, radix: 8)
        if status.st_mode & S_IWOTH != 0 { return "`\(path)` can be written by everybody (\(mode))" }
        if status.st_mode & S_IWGRP != 0, status.st_gid != 0 {
            return "`\(path)` can be written by group \(status.st_gid) (\(mode))"
        }
        return nil
    }

    private static func owner(of path: String, _ status: stat) -> String? {
        guard status.st_uid != 0, status.st_uid != programOwner else { return nil }
        return "`\(path)` belongs to user \(status.st_uid), not to root"
    }

    private static let programOwner: uid_t = {
        var status = stat()
        return stat("/proc/self/exe", &status) == 0 ? status.st_uid : 0
    }()

    private static func target(of path: String) -> String? {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = readlink(path, &text, Int(PATH_MAX))
        return length > 0 ? String(decoding: text[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
}
