import CLinux
import Glibc

/// An account file in the container, line by line: passwd(5), group(5). Without lines when it is not there.
struct AccountFile {
    private static let maxSize = 4 << 20
    private var bytes: [UInt8] = []

    /// Below the descriptor `root`. Throws when it is there and cannot be read, or is larger than 4 MiB.
    init(root: Int32, path: String) throws(Failure) {
        // A device or pipe that the container has there must not be opened: this process is in none of its cgroups.
        let name = berth_open_in_root(root, path, BERTH_OPEN_PATH, 0)
        if name < 0 && (errno == ENOENT || errno == ENOTDIR) { return }
        guard name >= 0 else { throw Failure(purpose: "open `\(path)` in the container", cause: errno) }
        defer { close(name) }
        var status = stat()
        guard fstat(name, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return }
        let file = open("/proc/self/fd/\(name)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure(purpose: "open `\(path)` in the container", cause: errno) }
        defer { close(file) }
        guard status.st_size <= Self.maxSize else {
            throw Failure(purpose: "read `\(path)` in the container", cause: EFBIG)
        }
        let size = Int(status.st_size)
        var isRead = true
        bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let more = read(file, buffer.baseAddress! + count, size - count)
                if more < 0 && errno == EINTR { continue }
                isRead = more >= 0
                guard more > 0 else { return }
                count += more
            }
        }
        guard isRead else { throw Failure(purpose: "read `\(path)` in the container", cause: errno) }
    }

    /// What `take` makes of the first line, given as its fields, of which it makes anything. One pass, one line at a time.
    func first<Result>(_ take: ([ArraySlice<UInt8>]) -> Result?) -> Result? {
        var start = 0
        var fields: [ArraySlice<UInt8>] = []
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            defer { start = end + 1 }
            guard end > start, bytes[start] != 0x23 else { continue }
            fields.removeAll(keepingCapacity: true)
            var field = start
            // No line has more fields that mean something than passwd's seven.
            while fields.count < 7, let colon = bytes[field..<end].firstIndex(of: 0x3A) {
                fields.append(bytes[field..<colon])
                field = colon + 1
            }
            fields.append(bytes[field..<end])
            if let result = take(fields) { return result }
        }
        return nil
    }

    /// Whether `name` is in a list with commas.
    static func list(_ members: ArraySlice<UInt8>, has name: ArraySlice<UInt8>) -> Bool {
        var start = members.startIndex
        while start <= members.endIndex {
            let end = members[start...].firstIndex(of: 0x2C) ?? members.endIndex
            if end - start == name.count, members[start..<end].elementsEqual(name) { return true }
            start = end + 1
        }
        return false
    }
}
