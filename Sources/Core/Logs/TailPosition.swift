/// Where the last so many lines of a log begin, found from the end backwards.
enum TailPosition {
    /// `files` from the newest. Returns the file, by its index, and the offset in it at which to begin.
    static func find(_ lines: Int, in files: [LogFile]) throws -> (index: Int, offset: Int) {
        var missing = lines
        for (index, file) in files.enumerated() {
            let size = try file.size()
            let (offset, found) = try start(ofLast: missing, in: file, size: size)
            missing -= found
            if missing == 0 { return (index, offset) }
        }
        return (files.count - 1, 0)
    }

    /// The offset of the first of the last `lines` lines, or 0 with the number of lines there are. Only whole lines
    /// count; what comes behind the last line feed is not one.
    private static func start(ofLast lines: Int, in file: LogFile, size: Int) throws -> (offset: Int, lines: Int) {
        var block = [UInt8](repeating: 0, count: LineReader.blockSize)
        var end = size
        // The line feeds met so far, the last line's own included.
        var feeds = 0
        while end > 0 {
            let start = max(0, end - block.count)
            let count = try block.withUnsafeMutableBytes {
                try file.read(at: start, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<(end - start)]))
            }
            for index in stride(from: count - 1, through: 0, by: -1) where block[index] == 0x0a {
                if feeds == lines { return (start + index + 1, lines) }
                feeds += 1
            }
            end = start
        }
        return (0, feeds)
    }
}
