import Glibc
import Model

/// Whole files of the host, by plain system calls. Blocking, but a pipe in a file's place is not waited for.
enum TextFile {
    /// Nobody's configuration is larger; a file that a container can write to may be.
    static let largest = 16 << 20

    /// All bytes, however many reads that takes.
    /// - Throws: `BerthError.system` naming the file, also for one with more than `limit` bytes.
    static func bytes(_ path: String, limit: Int = largest) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        return try bytes(of: descriptor, path, limit: limit)
    }

    /// What is left to be read of an open file.
    static func bytes(of descriptor: CInt, _ path: String, limit: Int = largest) throws -> [UInt8] {
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return content }
            content += block[..<count]
            guard content.count <= limit else {
                throw BerthError.system("read `\(path)`: it is larger than \(limit) bytes")
            }
        }
    }

    /// The text, or nil where the file is absent or cannot be read.
    static func readIfPresent(_ path: String) -> String? {
        (try? bytes(path)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Gives a file this content, in place: whoever has it mounted sees it.
    static func write(_ path: String, _ content: [UInt8]) throws {
        var descriptor = open(path, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT {
            descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            // Every user of a container may read it, whatever the daemon's umask is.
            if descriptor >= 0 { fchmod(descriptor, 0o644) }
        }
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        try write(content[...], to: descriptor, path)
    }

    /// At the descriptor's own place.
    static func write(_ content: ArraySlice<UInt8>, to descriptor: CInt, _ path: String) throws {
        var rest = content
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            rest = rest.dropFirst(count)
        }
    }

    static func failure(_ operation: String, _ path: String) -> BerthError {
        BerthError.system("\(operation) `\(path)`: \(String(cString: strerror(errno)))")
    }
}
