import Glibc
import Model

/// Bytes that are read once, front to back. Not thread-safe.
package protocol ByteSource: AnyObject {
    /// Reads at least one byte into `buffer`, or returns 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension ByteSource {
    /// Reads until `buffer` is full or the input ends; returns the number of bytes read.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var done = 0
        while done < buffer.count {
            let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
            if count == 0 { break }
            done += count
        }
        return done
    }
}

/// An open file, pipe or socket.
final class DescriptorSource: ByteSource {
    private let descriptor: CInt
    private let name: String
    /// Bytes read so far.
    private(set) var position: Int64 = 0
    private let advanced: (Int64) -> Void

    /// `name` is for messages; `advanced` hears the position after each read.
    init(_ descriptor: CInt, name: String, advanced: @escaping (Int64) -> Void = { _ in }) {
        self.descriptor = descriptor
        self.name = name
        self.advanced = advanced
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 {
                position += Int64(count)
                advanced(position)
                return count
            }
            if errno != EINTR { throw SystemCall.failure("read", name) }
        }
    }
}

/// Passes bytes on and computes their SHA-256.
final class HashingSource: ByteSource {
    private let source: any ByteSource
    private var hash = SHA256()
    private(set) var count: Int64 = 0

    init(_ source: any ByteSource) {
        self.source = source
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let read = try source.read(into: buffer)
        hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<read]))
        count += Int64(read)
        return read
    }

    /// The digest of what was read so far.
    var digest: String { Digest.text(hash) }
}

/// A source that keeps the file it reads open.
final class OwnedSource: ByteSource {
    private let descriptor: Descriptor
    private let source: DescriptorSource

    init(_ descriptor: Descriptor, name: String, advanced: @escaping (Int64) -> Void = { _ in }) {
        self.descriptor = descriptor
        self.source = DescriptorSource(descriptor.raw, name: name, advanced: advanced)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int { try source.read(into: buffer) }
}
