import Glibc
import LaunchPlan

/// The container's log: one JSON object a line, as Docker's json-file driver writes it.
struct JSONLog {
    /// The longest piece of a line in one object; a longer line goes on in the next, without a newline between.
    static let pieceSize = 16 * 1024

    private var file: LogFile?
    /// In place of `file` where the process is not to wait for it.
    private let queue: LogQueue?
    private let rotates: Bool
    /// What to tell of before the start.
    let warnings: [String]
    private let partial = [TextBuffer(), TextBuffer()]
    private let output = TextBuffer()
    private let time = TextBuffer()
    /// `"attrs":{…},`, or nothing.
    private let attributes: [UInt8]

    init(_ log: LaunchPlan.Log) {
        attributes = log.attributes.isEmpty ? [] : Array("\"attrs\":\(log.attributes),".utf8)
        let opened = log.path.isEmpty ? nil : LogFile(log)
        warnings = opened?.warnings ?? []
        rotates = opened?.rotates ?? false
        queue = log.bufferSize > 0 ? opened.map { LogQueue($0, capacity: Int(clamping: log.bufferSize)) } : nil
        file = queue == nil ? opened : nil
    }

    private var isKept: Bool { file != nil || queue != nil }

    /// Takes what the process wrote to stdout (`stream` 0) or stderr (1): complete lines are written at once.
    mutating func append(_ bytes: UnsafeRawBufferPointer, stream: Int) {
        guard isKept, let base = bytes.baseAddress else { return }
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
        defer {
            file?.finish()
            queue?.close()
        }
        guard isKept, partial[0].count + partial[1].count > 0 else { return }
        setTime()
        for stream in 0...1 where partial[stream].count > 0 {
            emit(stream, UnsafeRawBufferPointer(start: nil, count: 0))
        }
        flush()
    }

    /// Readable when `goOnCompressing` is to be called; -1 where nothing is compressed, or the queue sees to it.
    var compressionEnded: Int32 { file?.compressionEnded ?? -1 }
    mutating func goOnCompressing() { file?.goOnCompressing() }

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
        guard rotates || output.count > 48 * 1024 else { return }
        file?.rotateIfNeeded(adding: output.count)
        flush()
    }

    private mutating func flush() {
        guard output.count > 0 else { return }
        if let queue { queue.put(output.bytes) } else { file?.write(output.bytes) }
        output.clear()
    }
}
