import ArgumentParser
import Glibc

/// One daemon for one network namespace: two would take each other's bridges and packet filter rules away.
///
/// The lock is a name of an abstract unix socket (unix(7)), which belongs to the network namespace and goes with the
/// process, however that ends.
struct NetworkLock {
    private static let name = "berthd.network"

    private let descriptor: CInt

    /// - Throws: `ValidationError` when another daemon runs in the network namespace.
    init() throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else {
            throw ValidationError("make the network lock: \(String(cString: strerror(errno)))")
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.dropFirst().copyBytes(from: Self.name.utf8) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + Self.name.utf8.count)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard result == 0 else {
            let cause = errno
            close(descriptor)
            guard cause != EADDRINUSE else {
                throw ValidationError(
                    "another berthd runs in this network namespace: the two would remove each other's networks")
            }
            throw ValidationError("take the network lock: \(String(cString: strerror(cause)))")
        }
    }

    func release() { close(descriptor) }
}
