import CLinux
import Glibc

func closeDescriptor(_ descriptor: Int32) { close(descriptor) }

/// Runs `body` with an address for the socket at `path`, however long that is: it goes through the directory's
/// descriptor, `/proc/self/fd/N/name`.
func withShortSocketPath<Result>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(LaunchError) -> Result
) throws(LaunchError) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let room = MemoryLayout.size(ofValue: address.sun_path) - 1
    var short = path
    var directory: Int32 = -1
    defer { if directory >= 0 { close(directory) } }
    if path.utf8.count > room {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        directory = open(String(path[..<slash]), BERTH_O_PATH | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw .system(.monitor, "open `\(path[..<slash])`") }
        short = "/proc/self/fd/\(directory)" + path[slash...]
        guard short.utf8.count <= room else {
            throw LaunchError(.monitor, errno: ENAMETOOLONG, "socket `\(path)`: name too long")
        }
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: short.utf8) }
    let length = socklen_t(MemoryLayout<sockaddr_un>.size)
    return try withUnsafePointer(to: &address) { pointer throws(LaunchError) in
        try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound throws(LaunchError) in
            try body(rebound, length)
        }
    }
}
