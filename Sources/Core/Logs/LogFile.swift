import Glibc

/// An open file of a rotated set. Closed when the last reference goes. Its identity is that of the inode, which
/// cannot be used anew while the file is open.
final class LogFile {
    let path: String
    let descriptor: Int32
    let identity: Identity

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
    init?(path: String) throws {
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
        identity = Identity(status)
    }

    deinit {
        close(descriptor)
    }

    func size() throws -> Int {
        try status().size
    }

    /// Bytes, and nanoseconds since 1970 of the last write.
    func status() throws -> (size: Int, modified: Int64) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw LogError("stat", path, errno: errno) }
        return (Int(status.st_size), Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    }

    /// Fills `buffer` from `offset` on as far as the file goes; returns the number of bytes.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            if errno != EINTR { throw LogError("read", path, errno: errno) }
        }
    }
}
