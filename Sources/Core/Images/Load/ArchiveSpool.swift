import Glibc
import Model

/// The files of an image archive, laid down in a directory under names of our own, so that they can be read in any
/// order whatever order the archive has them in.
final class ArchiveSpool {
    private enum Member {
        case file(String)
        /// A link, to this cleaned path.
        case link([UInt8])
    }

    private let directory: String
    /// By cleaned path.
    private var members: [[UInt8]: Member] = [:]
    private var files = 0
    /// Bytes of the members' paths and targets.
    private var namesSize = 0
    /// Bytes that `bytes(of:)` has given.
    private var metadataSize = 0

    /// Archives with more than this are refused: it is held in memory.
    private static let maxNames = 16 << 20
    private static let maxMetadata = 64 << 20
    private static let maxMetadataFile = 8 << 20

    /// Reads the archive, plain or compressed, to its end. `directory` exists and belongs to the spool.
    init(_ source: any ByteSource, name: String, directory: String) throws {
        self.directory = directory
        let reader = TarReader(try DecompressingSource(source, name: name), name: name)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        while let entry = try reader.next() {
            let path = try ArchivePath.components(entry.path)
            let name = ArchivePath.join(path)
            namesSize += name.count + entry.target.count
            guard namesSize <= Self.maxNames else { throw reader.failure("too many names") }
            switch entry.kind {
            case .file:
                let spooled = "\(directory)/\(files)"
                files += 1
                let file = try Descriptor.open(spooled, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
                try FileContent.write(entry, from: reader, to: file.raw, buffer: buffer)
                members[name] = .file(spooled)
            case .symbolicLink:
                // Relative to the link's directory; old archives share layers this way.
                let base = entry.target.first == UInt8(ascii: "/") ? [] : Array(path.dropLast())
                let target = ArchivePath.join(base) + [UInt8(ascii: "/")] + entry.target
                members[name] = .link(ArchivePath.join(try ArchivePath.components(target, of: "link target")))
            case .hardLink:
                let target = try ArchivePath.components(entry.target, of: "link target")
                members[name] = .link(ArchivePath.join(target))
            case .directory, .characterDevice, .blockDevice, .fifo:
                continue
            }
        }
        try reader.drain()
    }

    func contains(_ name: String) -> Bool { (try? path(of: name)) != nil }

    /// Where the member's content is; throws 400 naming the member if the archive has no such file.
    func path(of name: String) throws -> String {
        var path = ArchivePath.join(try ArchivePath.components(Array(name.utf8)))
        for _ in 0..<16 {
            switch members[path] {
            case .file(let spooled): return spooled
            case .link(let target): path = target
            case nil: throw BerthError.invalid("open `\(name)` in the image archive: No such file or directory")
            }
        }
        throw BerthError.invalid("open `\(name)` in the image archive: Too many levels of symbolic links")
    }

    /// A small file's content; throws 400 when it, or all that was asked for, is too much.
    func bytes(of name: String) throws -> [UInt8] {
        let path = try path(of: name)
        var status = stat()
        try SystemCall.check(stat(path, &status), "stat", path)
        guard status.st_size <= Self.maxMetadataFile else {
            throw BerthError.invalid("read `\(name)` in the image archive: \(status.st_size) bytes are too many")
        }
        metadataSize += Int(status.st_size)
        guard metadataSize <= Self.maxMetadata else {
            throw BerthError.invalid("read `\(name)` in the image archive: its descriptions are too large")
        }
        return try FileContent.read(path)
    }
}
