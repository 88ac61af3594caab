import Model

/// A layer's tar without the files' content: with the unpacked files it gives back the very same bytes, so that a
/// saved image keeps its digests and no second copy of it is stored.
///
/// The file is a sequence of records, zstd over all: `R`, length (32 bits), that many bytes of the archive; or `F`,
/// size (64 bits), length of the path (32 bits), path: here follows the content of that file. Little endian.
enum Recipe {
    static let rawTag = UInt8(ascii: "R")
    static let fileTag = UInt8(ascii: "F")
    /// The most bytes of an `R` record, and of a path.
    static let maxLength = 1 << 20
}

/// Writes a recipe while the archive is read.
final class RecipeWriter: TarRecorder {
    private let file: CompressedFile
    private var pending: [UInt8] = []
    /// Number of files whose content the recipe refers to.
    private(set) var fileCount = 0

    private static let bufferSize = 64 << 10

    init(path: String) throws {
        file = try CompressedFile(path: path)
    }

    func raw(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.bufferSize - pending.count))
            pending.append(contentsOf: part)
            rest = UnsafeRawBufferPointer(rebasing: rest[part.count...])
            if pending.count == Self.bufferSize { try flush() }
        }
    }

    func payload(size: Int64, path: [UInt8]) throws {
        try flush()
        fileCount += 1
        try write([Recipe.fileTag] + Self.bytes(UInt64(size)) + Self.bytes(UInt32(path.count)) + path)
    }

    func finish() throws {
        try flush()
        try file.finish()
    }

    private func flush() throws {
        guard !pending.isEmpty else { return }
        try write([Recipe.rawTag] + Self.bytes(UInt32(pending.count)))
        try write(pending)
        pending.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try file.write($0) } }

    private static func bytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

/// Reads a recipe's records in order.
final class RecipeReader {
    enum Record {
        case raw([UInt8])
        /// The content of the `index`th file, first is 0.
        case file(path: [UInt8], size: Int64, index: Int)
    }

    private let source: DecompressingSource
    private let path: String
    private var files = 0

    init(path: String) throws {
        self.path = path
        let descriptor = try Descriptor.open(path, 0)
        source = try DecompressingSource(OwnedSource(descriptor, name: path), name: path)
    }

    /// nil at the end.
    func next() throws -> Record? {
        var tag: UInt8 = 0
        guard try withUnsafeMutableBytes(of: &tag, { try source.read(into: $0) }) == 1 else { return nil }
        switch tag {
        case Recipe.rawTag:
            return .raw(try bytes(Int(try number(UInt32.self))))
        case Recipe.fileTag:
            let size = try number(UInt64.self)
            let path = try bytes(Int(try number(UInt32.self)))
            files += 1
            return .file(path: path, size: Int64(size), index: files - 1)
        default:
            throw corrupt()
        }
    }

    private func number<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
        let bytes = try bytes(MemoryLayout<T>.size)
        return bytes.reversed().reduce(T.zero) { $0 << 8 | T($1) }
    }

    private func bytes(_ count: Int) throws -> [UInt8] {
        guard count <= Recipe.maxLength else { throw corrupt() }
        var bytes = [UInt8](repeating: 0, count: count)
        guard try bytes.withUnsafeMutableBytes({ try source.fill($0) }) == count else { throw corrupt() }
        return bytes
    }

    private func corrupt() -> BerthError { BerthError.system("read `\(path)`: the layer's recipe is damaged") }
}
