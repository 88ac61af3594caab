import Glibc
import LaunchPlan

/// The container's log: one JSON object a line, as Docker's json-file driver writes it.
struct JSONLog {
    /// The longest piece of a line in one object; a longer line goes on in the next, without a newline between.
    static let pieceSize = 16 * 1024

    private var file: LogFile?
    private let partial = [TextBuffer(), TextBuffer()]
    private let output = TextBuffer()
    private let time = TextBuffer()
    /// `"attrs":{…},`, or nothing.
    private let attributes: [UInt8]

    init(_ log: LaunchPlan.Log) {
        attributes = log.attributes.isEmpty ? [] : Array("\"attrs\":\(log.attributes),".utf8)
        file = log.path.isEmpty ? nil : LogFile(log)
    }

    /// What to tell of before the start.
    var warnings: [String] { file?.warnings ?? [] }

    /// Takes what the process wrote to stdout (`stream` 0) or stderr (1): complete lines are written at once.
    mutating func append(_ bytes: UnsafeRawBufferPointer, stream: Int) {
        guard file != nil, let base = bytes.baseAddress else { return }
        setTime()
        let partial = self.partial[stream]
        var offset = 0
        while offset < bytes.count {
            let room = Self.pieceSize - partial.count
            let window = UnsafeRawBufferPointer(start: base + offset, count: min(room, bytes.count - offset))
            if let newline = memchr(window.baseAddress!, 0x0A, window.count) {
                let length = UnsafeRawPointer(newline) - window.baseAddress! + 1
                emit(stream, UnsafeRawBufferPointer(start: window.baseAddress, count: length))
                offset += length
            } else if window.count == room {
                let length = room - splitCharacterLength(window)
                emit(stream, UnsafeRawBufferPointer(start: window.baseAddress, count: length))
                offset += length
            } else {
                partial.append(window)
                break
            }
        }
        flush()
    }

    /// Writes the lines that have no end, and closes the file.
    mutating func finish() {
        defer { file?.close() }
        guard file != nil, partial[0].count + partial[1].count > 0 else { return }
        setTime()
        for stream in 0...1 where partial[stream].count > 0 {
            emit(stream, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        flush()
    }

    private func setTime() {
        time.clear()
        timestamp(into: time)
    }

    /// Bytes of a character that a cut at the end would split; none when there would be nothing before it.
    private func splitCharacterLength(_ bytes: UnsafeRawBufferPointer) -> Int {
        for back in 1...3 where bytes.count > back {
            let byte = bytes[bytes.count - back]
            if byte < 0x80 { return 0 }
            if byte >= 0xC0 { return (byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2) > back ? back : 0 }
        }
        return 0
    }

    private mutating func emit(_ stream: Int, _ end: UnsafeRawBufferPointer) {
        output.append(#"{"log":""#)
        let partial = self.partial[stream]
        if partial.count == 0 {
            appendEscaped(end, to: output)
        } else {
            partial.append(end)
            appendEscaped(partial.bytes, to: output)
            partial.clear()
        }
        output.append(stream == 0 ? #"","stream":"stdout","# : #"","stream":"stderr","#)
        if !attributes.isEmpty { attributes.withUnsafeBytes { output.append($0) } }
        output.append(#""time":""#)
        output.append(time.bytes)
        output.append("\"}\n")
        // Where files are rotated each line is written by itself, so that no line is split between two.
        guard file?.rotates == true || output.count > 48 * 1024 else { return }
        file?.rotateIfNeeded(adding: output.count)
        flush()
    }

    private mutating func flush() {
        guard output.count > 0 else { return }
        file?.write(output.bytes)
        output.clear()
    }
}
