import Logs

/// Lines of json-file logs, whole and damaged, and their times.
enum LogLines {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        let line = bytes.bindMemory(to: UInt8.self)
        if let entry = JSONFileLine.parse(line) { checkTime(entry.time) }
        for entry in JSONFileLine.entries(inDamaged: line) { checkTime(entry.time) }
        if let time = LogTime.nanoseconds(bytes) { checkTime(time) }
    }

    private static func checkTime(_ time: Int64) {
        check(LogTime.nanoseconds(LogTime.text(time).utf8) == time, "\(time) reads differently")
    }
}
