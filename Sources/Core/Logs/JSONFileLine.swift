/// Reads one line of a log in Docker's json-file format:
/// `{"log":"text\n","stream":"stdout","time":"2024-05-06T07:08:09.123456789Z"}`.
///
/// Written by hand, as every byte of a log goes through here. Fields may come in any order, others are passed over.
package enum JSONFileLine {
    /// nil where the line is not whole or not of this format.
    package static func parse(_ line: UnsafeBufferPointer<UInt8>) -> LogEntry? {
        var scanner = JSONScanner(line)
        var log: [UInt8]?
        var stream: LogEntry.Stream?
        var time: [UInt8]?
        var attributes: [String: String] = [:]
        guard scanner.skip(UInt8(ascii: "{")) else { return nil }
        if !scanner.skip(UInt8(ascii: "}")) {
            repeat {
                guard let key = scanner.string(), scanner.skip(UInt8(ascii: ":")) else { return nil }
                switch key.count {
                case 3 where key.elementsEqual("log".utf8):
                    guard let value = scanner.string() else { return nil }
                    log = value
                case 6 where key.elementsEqual("stream".utf8):
                    guard let value = scanner.string() else { return nil }
                    stream = value.elementsEqual("stderr".utf8) ? .stderr : .stdout
                case 4 where key.elementsEqual("time".utf8):
                    guard let value = scanner.string() else { return nil }
                    time = value
                case 5 where key.elementsEqual("attrs".utf8):
                    guard scanner.attributes(into: &attributes) else { return nil }
                default:
                    guard scanner.skipValue(depth: 0) else { return nil }
                }
            } while scanner.skip(UInt8(ascii: ","))
            guard scanner.skip(UInt8(ascii: "}")) else { return nil }
        }
        guard scanner.isAtEnd, let time, let nanoseconds = LogTime.nanoseconds(time) else { return nil }
        // Docker leaves out what is empty.
        var entry = LogEntry(
            stream: stream ?? .stdout, time: nanoseconds, timeText: String(decoding: time, as: UTF8.self),
            bytes: log ?? [])
        entry.attributes = attributes
        return entry
    }
}
