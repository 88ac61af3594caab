import Glibc

/// An open file of a rotated set, plain or compressed (gzip, RFC 1952). Closed when the last reference goes. Its identity is
/// that of the inode, which cannot be used anew while the file is open. For one thread at a time.
final class LogFile {
    let path: String
    let descriptor: Int32
    let identity: Identity
    /// Of a compressed file.
    private let inflation: Inflation?
    var isCompressed: Bool { inflation != nil }
    private let warn: @Sendable (String) -> Void
    private var hasWarned = false

    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64

        init(_ status: stat) {
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
        }

        /// Of what the path names now; nil where there is nothing.
        init?(path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            self.init(status)
        }
    }

    /// nil where the file is absent; throws where it is not to be opened, or is something else, which is never waited for.
    ///
    /// - Parameter warn: told, once, when the file is damaged.
    init?(path: String, isCompressed: Bool = false, warn: @escaping @Sendable (String) -> Void = { _ in }) throws {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT { return nil }
            throw LogError("open", path, errno: errno)
        }
        var status = stat()
        if fstat(descriptor, &status) != 0 {
            let number = errno
            close(descriptor)
            throw LogError("stat", path, errno: number)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw LogError("open", path, reason: "it is not a regular file")
        }
        self.path = path
        self.descriptor = descriptor
        self.warn = warn
        identity = Identity(status)
        inflation = isCompressed ? Inflation(descriptor) : nil
    }

    /// Whether `other` has the same content: it is the same file, or what this one, plain then, has been compressed to.
    func isSame(as other: LogFile) -> Bool {
        if identity == other.identity { return true }
        guard isCompressed != other.isCompressed, identity.device == other.identity.device,
            let one = try? status().modified, let two = try? other.status().modified, one == two
        else { return false }
        return isCompressed
            ? inflation?.source == other.identity.inode : other.inflation?.source == identity.inode
    }

    deinit {
        close(descriptor)
    }

    /// Bytes on the disk.
    func size() throws -> Int {
        try status().size
    }

    /// Bytes, and nanoseconds since 1970 of the last write.
    func status() throws -> (size: Int, modified: Int64) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw LogError("stat", path, errno: errno) }
        return (Int(status.st_size), Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    }

    /// Reads into `buffer` from `offset` on; returns the number of bytes, 0 only at the end. A compressed file that is damaged
    /// ends there.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if let inflation {
            let count = inflation.read(at: offset, into: buffer)
            if let damage = inflation.damage, !hasWarned {
                hasWarned = true
                warn("log `\(path)`: \(damage): what comes behind that is left out")
            }
            return count
        }
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            if errno != EINTR { throw LogError("read", path, errno: errno) }
        }
    }
}
