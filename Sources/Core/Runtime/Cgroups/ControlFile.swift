import Glibc

/// Reading and writing of the small files of cgroupfs and procfs, by plain system calls.
package enum ControlFile {
    /// The whole content. Throws `ConfinementError.system`.
    package static func read(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ConfinementError.system("open", path, errno: errno) }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw ConfinementError.system("read", path, errno: errno)
            }
            if count == 0 { break }
            content.append(contentsOf: block[..<count])
        }
        return String(decoding: content, as: UTF8.self)
    }

    /// The content, or nil where the file is absent or does not let itself be read.
    package static func readIfPresent(_ path: String) -> String? {
        try? read(path)
    }

    /// Writes each value by a write of its own, as the kernel's control files want it.
    /// Throws `ConfinementError.system`.
    package static func write(_ path: String, _ values: [String]) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ConfinementError.system("open", path, errno: errno) }
        defer { close(descriptor) }
        for value in values {
            var value = value
            let failure = value.withUTF8 { bytes -> Int32 in
                var count: Int
                repeat {
                    count = Glibc.write(descriptor, bytes.baseAddress, bytes.count)
                } while count < 0 && errno == EINTR
                return count < 0 ? errno : 0
            }
            if failure != 0 { throw ConfinementError.system("write \"\(value)\" to", path, errno: failure) }
        }
    }

    package static func write(_ path: String, _ value: String) throws {
        try write(path, [value])
    }

    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        var slice = self[...]
        while let first = slice.first, first.isWhitespace { slice = slice.dropFirst() }
        while let last = slice.last, last.isWhitespace { slice = slice.dropLast() }
        return String(slice)
    }
}
