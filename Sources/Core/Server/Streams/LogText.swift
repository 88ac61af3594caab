import API
import Engine
import NIOCore

/// Log lines as clients get them: frames, or without them for a terminal.
enum LogText {
    static func encode(_ lines: [LogLine], isTTY: Bool, timestamps: Bool) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(lines.reduce(0) { $0 + $1.bytes.count + 40 })
        for line in lines {
            let prefix = timestamps ? Timestamp.rfc3339Fixed(line.time) + " " : ""
            if !isTTY {
                StreamFrame.writeHeader(
                    line.stream.rawValue, length: prefix.utf8.count + line.bytes.count, to: &buffer)
            }
            buffer.writeString(prefix)
            buffer.writeBytes(line.bytes)
        }
        return buffer
    }
}
