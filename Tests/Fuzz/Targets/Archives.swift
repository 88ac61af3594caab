import Images

/// Tar archives, as layers and loaded images are.
enum Archives {
    private final class Memory: ByteSource {
        private var rest: UnsafeRawBufferPointer

        init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
            let count = min(buffer.count, rest.count)
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            return count
        }
    }

    /// What is recorded gives the archive back.
    private final class Counter: TarRecorder {
        var count = 0

        func raw(_ bytes: UnsafeRawBufferPointer) throws { count += bytes.count }
        func payload(size: Int64, path: [UInt8]) throws { count += Int(size) }
    }

    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        let counter = Counter()
        let reader = TarReader(Memory(bytes), name: "fuzz", recorder: counter)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 1)
        defer { buffer.deallocate() }
        while try reader.next() != nil {
            while try reader.read(into: buffer) > 0 {}
        }
        try reader.drain()
        check(counter.count == bytes.count, "\(counter.count) of \(bytes.count) bytes were recorded")
    }
}
