import Glibc
import LaunchPlan

/// The container's log: one JSON object a line, as Docker's json-file driver writes it.
struct JSONLog {
    /// The longest piece of a line in one object; a longer line goes on in the next, without a newline between.
    static let pieceSize = 16 * 1024

    private var file: LogFile?
    private var partial: [[UInt8]] = [[], []]
    private var output: [UInt8] = []
    private var time: [UInt8] = []

    init(_ log: LaunchPlan.Log) {
        file = log.path.isEmpty ? nil : LogFile(log)
    }

    /// Takes what the process wrote to stdout (`stream` 0) or stderr (1): complete lines are written at once.
    mutating func append(_ bytes: UnsafeRawBufferPointer, stream: Int) {
        guard file != nil else { return }
        time = timestamp()
        var rest = bytes[...]
        while !rest.isEmpty {
            let room = Self.pieceSize - partial[stream].count
            let window = rest.prefix(room)
            if let newline = window.firstIndex(of: 0x0A) {
                emit(stream, UnsafeRawBufferPointer(rebasing: rest[rest.startIndex...newline]))
                rest = rest[(newline + 1)...]
            } else if window.count == room {
                let cut = window.startIndex + room - splitCharacterLength(window)
                emit(stream, UnsafeRawBufferPointer(rebasing: rest[rest.startIndex..<cut]))
                rest = rest[cut...]
            } else {
                partial[stream].append(contentsOf: window)
                break
            }
        }
        flush()
    }

    /// Writes the lines that have no end.
    mutating func finish() {
        guard file != nil else { return }
        time = timestamp()
        for stream in 0...1 where !partial[stream].isEmpty {
            emit(stream, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        flush()
    }

    /// Bytes of a character that a cut at the end would split; none when there would be nothing before it.
    private func splitCharacterLength(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int {
        for back in 1...3 where bytes.count > back {
            let byte = bytes[bytes.endIndex - back]
            if byte < 0x80 { return 0 }
            if byte >= 0xC0 { return (byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2) > back ? back : 0 }
        }
        return 0
    }

    private mutating func emit(_ stream: Int, _ end: UnsafeRawBufferPointer) {
        output.append(contentsOf: #"{"log":""#.utf8)
        if partial[stream].isEmpty {
            appendEscaped(end, to: &output)
        } else {
            partial[stream].append(contentsOf: end)
            partial[stream].withUnsafeBytes { appendEscaped($0, to: &output) }
            partial[stream].removeAll(keepingCapacity: true)
        }
        output.append(
            contentsOf: stream == 0 ? #"","stream":"stdout","time":""#.utf8 : #"","stream":"stderr","time":""#.utf8)
        output.append(contentsOf: time)
        output.append(contentsOf: "\"}\n".utf8)
        file?.rotateIfNeeded(adding: output.count)
        if file?.rotates == true || output.count > 32 * 1024 { flush() }
    }

    private mutating func flush() {
        guard !output.isEmpty else { return }
        output.withUnsafeBytes { file?.write($0) }
        output.removeAll(keepingCapacity: output.capacity <= 64 * 1024)
    }
}
