import Glibc

/// Gives the lines of a file one after another, keeping a block of the file and no more.
struct LineReader {
    let file: LogFile
    /// Where in the file the next block begins.
    private var offset: Int
    private let end: Int?
    private var buffer: [UInt8] = []
    /// The part of the buffer that was not given yet.
    private var start = 0
    /// How much of the part has been searched without finding an end of line.
    private var searched = 0
    /// The line is too long and is being passed over.
    private var isSkipping = false

    /// Behind the last line that was given.
    var position: Int { offset - (buffer.count - start) }

    static let blockSize = 64 << 10
    /// No entry is longer: Docker's have 16 KiB of text, which escapes make six times longer at most.
    static let longestLine = 4 << 20

    /// With `end`, nothing behind that offset is read.
    init(_ file: LogFile, offset: Int, end: Int? = nil) {
        self.file = file
        self.offset = offset
        self.end = end
    }

    /// Calls `body` with the next whole line, without its line feed; nil where there is none (yet). Half a line at the
    /// end stays until the rest is written.
    mutating func next<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) throws -> Result? {
        while true {
            if let end = lineFeed() {
                let range = start..<end
                start = end + 1
                searched = start
                if isSkipping {
                    isSkipping = false
                    continue
                }
                return buffer.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
            }
            guard try fill() else { return nil }
        }
    }

    private mutating func lineFeed() -> Int? {
        let from = searched
        let found = buffer.withUnsafeBytes { bytes -> Int? in
            guard from < bytes.count, let base = bytes.baseAddress,
                let place = memchr(base + from, 0x0a, bytes.count - from)
            else { return nil }
            return place - UnsafeMutableRawPointer(mutating: base)
        }
        if found == nil { searched = buffer.count }
        return found
    }

    /// Reads another block behind what there is; false at the end of the file.
    private mutating func fill() throws -> Bool {
        if buffer.count - start > Self.longestLine {
            isSkipping = true
            start = buffer.count
        }
        if start > 0 {
            buffer.removeFirst(start)
            searched -= start
            start = 0
        }
        if !file.isCompressed, try file.size() < offset {
            // The writer has emptied the file instead of renaming it: begin again.
            offset = 0
            buffer.removeAll(keepingCapacity: true)
            searched = 0
            isSkipping = false
        }
        let before = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: Self.blockSize))
        var count = 0
        defer { buffer.removeLast(Self.blockSize - count) }
        count = try buffer.withUnsafeMutableBytes { bytes in
            let wanted = min(Self.blockSize, max(0, (end ?? .max) - offset))
            return try file.read(
                at: offset, into: UnsafeMutableRawBufferPointer(rebasing: bytes[before..<(before + wanted)]))
        }
        offset += count
        return count > 0
    }
}
