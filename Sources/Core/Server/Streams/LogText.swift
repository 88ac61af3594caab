import API
import Engine
import NIOCore

/// Log lines as clients get them, one batch after another: frames, or without them for a terminal.
///
/// A long line comes in several pieces; what a client wants before each line stands before the first of them alone.
struct LogText {
    let isTTY: Bool
    var timestamps = false
    /// What the log says besides of each line: `KEY=VALUE,…`, in the form of a query.
    var details = false

    /// The streams whose last piece had no line feed.
    private var unfinished: Set<UInt8> = []

    init(isTTY: Bool, timestamps: Bool = false, details: Bool = false) {
        self.isTTY = isTTY
        self.timestamps = timestamps
        self.details = details
    }

    mutating func encode(_ lines: [LogLine]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(lines.reduce(0) { $0 + $1.bytes.count + 40 })
        for line in lines {
            let prefix = unfinished.contains(line.stream.rawValue) ? "" : prefix(of: line)
            if line.bytes.last == UInt8(ascii: "\n") {
                unfinished.remove(line.stream.rawValue)
            } else {
                unfinished.insert(line.stream.rawValue)
            }
            if !isTTY {
                StreamFrame.writeHeader(
                    line.stream.rawValue, length: prefix.utf8.count + line.bytes.count, to: &buffer)
            }
            buffer.writeString(prefix)
            buffer.writeBytes(line.bytes)
        }
        return buffer
    }

    private func prefix(of line: LogLine) -> String {
        var prefix = timestamps ? Timestamp.rfc3339Fixed(line.time) + " " : ""
        guard details else { return prefix }
        prefix += line.attributes.sorted { $0.key < $1.key }
            .map { Self.escaped($0.key) + "=" + Self.escaped($0.value) }.joined(separator: ",")
        return prefix + " "
    }

    /// As in a query: application/x-www-form-urlencoded.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: " "): result += "+"
            default: result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }
}
