import CLinux
import Glibc
import Model

/// Gives back the tar that a layer was unpacked from, byte for byte.
enum LayerArchive {
    /// Calls `write` with the archive's bytes in order; throws 500 when they no longer have the layer's diff ID,
    /// because something changed the unpacked files.
    static func replay(
        _ layer: LayerRecord, in directory: String, write: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let recipe = try RecipeReader(path: "\(directory)/\(LayerRecord.recipeName)")
        let root = try Descriptor.open(
            "\(directory)/\(LayerRecord.contentName)", BERTH_OPEN_PATH | O_DIRECTORY)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
        defer { buffer.deallocate() }
        var hash = SHA256()
        func emit(_ bytes: UnsafeRawBufferPointer) throws {
            hash.update(bytes)
            try write(bytes)
        }
        while let record = try recipe.next() {
            switch record {
            case .raw(let bytes): try bytes.withUnsafeBytes(emit)
            case .file(let path, let size, let index):
                let name = String(decoding: path, as: UTF8.self)
                let file = try open(path, index: index, root: root, directory: directory)
                let source = OwnedSource(file, name: name)
                var left = size
                while left > 0 {
                    let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), left))])
                    let count = try source.read(into: part)
                    guard count > 0 else { throw changed(layer, "`\(name)` is too short") }
                    left -= Int64(count)
                    try emit(UnsafeRawBufferPointer(rebasing: part[..<count]))
                }
            }
        }
        guard Digest.text(hash) == layer.diffID else { throw changed(layer, "the digest differs") }
    }

    private static func open(_ path: [UInt8], index: Int, root: Descriptor, directory: String) throws -> Descriptor {
        let kept = "\(directory)/\(LayerRecord.replacedName)/\(index)"
        if access(kept, F_OK) == 0 { return try Descriptor.open(kept, O_RDONLY) }
        let raw = berth_open_in_root(root.raw, FileName(bytes: path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        guard raw >= 0 else { throw SystemCall.failure("open", path) }
        return Descriptor(raw)
    }

    private static func changed(_ layer: LayerRecord, _ cause: String) -> BerthError {
        BerthError.system("save layer \(layer.diffID): the unpacked files were changed: \(cause)")
    }
}
