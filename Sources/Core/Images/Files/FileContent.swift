import Glibc
import Model

/// Writing file contents.
enum FileContent {
    /// Writes all of `bytes`, resuming after signals and short writes.
    static func writeAll(_ bytes: UnsafeRawBufferPointer, to file: CInt, name: @autoclosure () -> String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(file, rest.baseAddress, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw SystemCall.failure("write", name())
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Copies an archive entry's payload into a new file, holes included.
    static func write(
        _ entry: TarEntry, from reader: TarReader, to file: CInt, buffer: UnsafeMutableRawBufferPointer
    ) throws {
        guard let regions = entry.regions else {
            while true {
                let count = try reader.read(into: buffer)
                if count == 0 { return }
                try writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]), to: file, name: entry.name)
            }
        }
        for region in regions {
            guard lseek(file, off_t(region.offset), SEEK_SET) >= 0 else { throw SystemCall.failure("seek", entry.path) }
            var left = region.length
            while left > 0 {
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), left))])
                let count = try reader.read(into: part)
                left -= Int64(count)
                try writeAll(UnsafeRawBufferPointer(rebasing: part[..<count]), to: file, name: entry.name)
            }
        }
        try SystemCall.check(ftruncate(file, off_t(entry.size)), "resize", entry.name)
    }

    /// A new file of these bytes. What could not be written whole is taken away.
    static func create(_ path: String, with bytes: [UInt8], mode: mode_t) throws {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        do {
            try bytes.withUnsafeBytes { try writeAll($0, to: file.raw, name: path) }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// The whole file; throws as open(2) and read(2) do.
    static func read(_ path: String) throws -> [UInt8] {
        let source = OwnedSource(try Descriptor.open(path, O_RDONLY), name: path)
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = try part.withUnsafeMutableBytes { try source.read(into: $0) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: part[..<count])
        }
    }
}
