import Glibc

/// Reads one line of a log in Docker's json-file format:
/// `{"log":"text\n","stream":"stdout","time":"2024-05-06T07:08:09.123456789Z"}`.
///
/// Written by hand, as every byte of a log goes through here. Fields may come in any order, others are passed over.
package enum JSONFileLine {
    /// nil where the line is not whole or not of this format.
    package static func parse(_ line: UnsafeBufferPointer<UInt8>) -> LogEntry? {
        var scanner = JSONScanner(line)
        guard let entry = parse(&scanner), scanner.isAtEnd else { return nil }
        return entry
    }

    /// What can still be had of a line that is no whole entry. Where a writer was cut off in the middle of an entry and has
    /// gone on, others stand behind it, or in front; each begins with `{"log":"`, which stands in no string, since there
    /// quotation marks are escaped.
    package static func entries(inDamaged line: UnsafeBufferPointer<UInt8>) -> [LogEntry] {
        var entries: [LogEntry] = []
        var start = 0
        while let place = beginning(in: line, from: start) {
            var scanner = JSONScanner(line, at: place)
            if let entry = parse(&scanner) {
                entries.append(entry)
                start = scanner.position
            } else {
                start = place + 1
            }
        }
        return entries
    }

    private static let entryStart = Array("{\"log\":\"".utf8)

    private static func beginning(in line: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let base = line.baseAddress else { return nil }
        var start = start
        while start + entryStart.count <= line.count {
            guard let brace = memchr(base + start, 0x7b, line.count - start) else { return nil }
            let place = UnsafeRawPointer(brace) - UnsafeRawPointer(base)
            if place + entryStart.count <= line.count, memcmp(base + place, entryStart, entryStart.count) == 0 {
                return place
            }
            start = place + 1
        }
        return nil
    }

    private static func parse(_ scanner: inout JSONScanner) -> LogEntry? {
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
        guard let time, let nanoseconds = LogTime.nanoseconds(time) else { return nil }
        // Docker leaves out what is empty.
        var entry = LogEntry(
            stream: stream ?? .stdout, time: nanoseconds, timeText: String(decoding: time, as: UTF8.self),
            bytes: log ?? [])
        entry.attributes = attributes
        return entry
    }
}
