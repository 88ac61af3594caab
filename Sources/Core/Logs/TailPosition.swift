/// Where the last so many lines of a log begin, found from the end backwards.
enum TailPosition {
    /// `files` from the newest. Returns the file, by its index, and the offset in it at which to begin.
    static func find(_ lines: Int, in files: [LogFile]) throws -> (index: Int, offset: Int) {
        var missing = lines
        for (index, file) in files.enumerated() {
            let (offset, found) =
                file.isCompressed
                ? try start(ofLast: missing, inCompressed: file)
                : try start(ofLast: missing, in: file, size: try file.size())
            missing -= found
            if missing == 0 { return (index, offset) }
        }
        return (files.count - 1, 0)
    }

    /// An entry that is shorter, as it stands in the file, is not part of a line that was too long for one.
    private static let shortestPiece = 16_000

    /// The offset at which the last `lines` lines begin, or 0 with the number of lines there are. A line that is in several
    /// entries counts once. Only whole entries count; what comes behind the last line feed is none.
    private static func start(ofLast lines: Int, in file: LogFile, size: Int) throws -> (offset: Int, lines: Int) {
        var block = [UInt8](repeating: 0, count: LineReader.blockSize)
        var end = size
        var found = 0
        // Behind the line feed of the entry whose beginning is looked for.
        var entryEnd: Int?
        while end > 0 {
            let start = max(0, end - block.count)
            let count = try block.withUnsafeMutableBytes {
                try file.read(at: start, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<(end - start)]))
            }
            for index in stride(from: count - 1, through: 0, by: -1) where block[index] == 0x0a {
                let place = start + index + 1
                if let entryEnd {
                    if try isPiece(place..<entryEnd, of: file) {
                        found = max(found, 1)
                    } else if found == lines {
                        return (entryEnd, lines)
                    } else {
                        found += 1
                    }
                } else if lines == 0 {
                    return (place, 0)
                }
                entryEnd = place
            }
            end = start
        }
        guard let entryEnd else { return (0, 0) }
        if try isPiece(0..<entryEnd, of: file) { return (0, max(found, 1)) }
        return found == lines ? (entryEnd, lines) : (0, found + 1)
    }

    /// The same for a file that can only be read forwards.
    private static func start(ofLast lines: Int, inCompressed file: LogFile) throws -> (offset: Int, lines: Int) {
        // Where the last lines begin, at `count` modulo their number.
        var starts: [Int] = []
        var count = 0
        var isLineBegin = true
        var offset = 0
        var reader = LineReader(file, offset: 0)
        while let isPiece = try reader.next(isPiece) {
            if isLineBegin {
                if starts.count < lines { starts.append(offset) } else if lines > 0 { starts[count % lines] = offset }
                count += 1
            }
            isLineBegin = !isPiece
            offset = reader.position
        }
        if lines == 0 { return (offset, 0) }
        return count < lines ? (0, count) : (starts[count % lines], lines)
    }

    private static func isPiece(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
        guard line.count >= shortestPiece - 1, line.count < LineReader.longestLine else { return false }
        return JSONFileLine.parse(line)?.bytes.last.map { $0 != 0x0a } ?? false
    }

    /// Whether the entry's line goes on in the next.
    private static func isPiece(_ range: Range<Int>, of file: LogFile) throws -> Bool {
        guard range.count >= shortestPiece, range.count <= LineReader.longestLine else { return false }
        var bytes = [UInt8](repeating: 0, count: range.count - 1)
        let count = try bytes.withUnsafeMutableBytes { try file.read(at: range.lowerBound, into: $0) }
        return bytes[..<count].withUnsafeBufferPointer(isPiece)
    }
}
