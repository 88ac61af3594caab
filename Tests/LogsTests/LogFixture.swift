import Foundation
import Glibc
import Logs
import Synchronization
import Testing

/// A log in a directory of its own, written the way a monitor writes it: whole lines, rotation by renaming.
final class LogFixture {
    let directory: String
    var path: String { directory + "/c-json.log" }
    private var descriptor: Int32 = -1
    private var size = 0

    init(in place: String = "/tmp") throws {
        var template = Array("\(place)/berth-logs-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!).map { String(cString: $0) } }
        directory = try #require(made)
        reopen()
    }

    func clean() {
        close(descriptor)
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func reopen() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        size = 0
    }

    func raw(_ text: String) {
        var text = text
        text.withUTF8 { size += write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Entry number `number`, a second after the one before.
    func line(_ number: Int, stream: String = "stdout") {
        raw(
            "{\"log\":\"line \(number)\\n\",\"stream\":\"\(stream)\",\"time\":\"\(LogTime.text(Int64(number) * 1_000_000_000))\"}\n"
        )
    }

    func rotate(keeping count: Int) {
        for index in stride(from: count - 1, through: 1, by: -1) {
            rename(index == 1 ? path : "\(path).\(index - 1)", "\(path).\(index)")
        }
        if count == 1 { unlink(path) }
        reopen()
    }

    /// Rotates first if more than `limit` bytes are in the file.
    func line(_ number: Int, rotatingAt limit: Int, keeping count: Int) {
        if size > limit { rotate(keeping: count) }
        line(number)
    }
}

/// Everything that `reader` gives up to its end.
func drain(_ reader: LogReader) throws -> [String] {
    var texts: [String] = []
    while let entry = try reader.next() {
        texts.append(String(decoding: entry.bytes, as: UTF8.self))
    }
    return texts
}

func lines(_ numbers: some Sequence<Int>) -> [String] {
    numbers.map { "line \($0)\n" }
}

/// Runs a reader on a thread of its own, as the engine does.
final class Follower: Sendable {
    private let texts = Mutex<[String]>([])
    private let isDone = Atomic<Bool>(false)
    let reader: LogReader

    init(_ path: String, _ query: LogQuery) throws {
        reader = try LogReader(path: path, query: query)
        let thread = Thread { [self] in
            while let entry = try? reader.next() {
                texts.withLock { $0.append(String(decoding: entry.bytes, as: UTF8.self)) }
            }
            isDone.store(true, ordering: .releasing)
        }
        thread.start()
    }

    var seen: [String] { texts.withLock { $0 } }

    /// Waits until `condition` holds; false after a minute.
    func waits(until condition: (Follower) -> Bool) -> Bool {
        for _ in 0..<60_000 {
            if condition(self) { return true }
            usleep(1000)
        }
        return false
    }

    var hasEnded: Bool { isDone.load(ordering: .acquiring) }
}
