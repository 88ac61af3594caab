import Logs
import Model

extension Engine {
    /// A container's log, from its file; following ends when the container does.
    public func logs(_ ref: String, options: LogOptions) async throws -> LogStream {
        let entry = try containers.find(ref)
        let record = entry.record
        try checkReadable(record, options)
        // Only what runs can be followed.
        let running = options.follow ? entry.process : nil
        let query = LogQuery(
            tail: options.tail, since: options.since, until: options.until, stdout: options.stdout,
            stderr: options.stderr, follow: running != nil)
        let path = paths.container(entry.id).log
        let reader = try await blocking.run {
            do { return try LogReader(path: path, query: query) } catch { throw BerthError.system("\(error)") }
        }
        let batches = LogBatches(reader: reader, following: running)
        let pool = blocking
        return LogStream(isTTY: record.config.tty) {
            if query.follow { return try await batches.followed() }
            return try await pool.run { try batches.read() }
        }
    }
}

extension Engine {
    /// - Throws: `BerthError` with Docker's text when no stream is wanted or nothing is kept of them.
    func checkReadable(_ record: ContainerRecord, _ options: LogOptions) throws {
        guard options.stdout || options.stderr else {
            throw BerthError.invalid("Bad parameters: you must choose at least one stream")
        }
        if record.hostConfig.logConfig?.type == "none" {
            throw BerthError(.notImplemented, "configured logging driver does not support reading")
        }
    }
}

/// Reads a log in batches; a follower has a thread of its own, as it waits for as long as the container lives, or until
/// these batches are let go.
final class LogBatches: Sendable {
    /// Bytes after which a batch is handed on.
    static let size = 64 * 1024

    private let reader: LogReader
    private let stream: AsyncStream<Result<[LogLine], any Error>>
    private let room = DispatchSemaphoreBox(value: 64)

    /// - Parameter running: the process whose end is the log's end; nil to read what is there now.
    init(reader: LogReader, following running: RunningContainer?) {
        self.reader = reader
        let (stream, continuation) = AsyncStream.makeStream(of: Result<[LogLine], any Error>.self)
        self.stream = stream
        guard let running else { return }
        let end = Task {
            if await running.ended.wait() != nil { reader.finish() }
        }
        let room = room
        continuation.onTermination = { _ in
            end.cancel()
            reader.cancel()
            room.signal()
        }
        OwnThread.start("log-follower") {
            do {
                while let entry = try reader.next() {
                    room.wait()
                    if case .terminated = continuation.yield(.success([Self.line(entry)])) { return }
                }
            } catch {
                continuation.yield(.failure(BerthError.system("\(error)")))
            }
            continuation.finish()
        }
    }

    deinit { reader.cancel() }

    /// The next batch; nil at the end. Blocking.
    func read() throws -> [LogLine]? {
        var lines: [LogLine] = []
        var size = 0
        while size < Self.size, let entry = try reader.next() {
            lines.append(Self.line(entry))
            size += entry.bytes.count
        }
        return lines.isEmpty ? nil : lines
    }

    /// The next batch of a follower.
    func followed() async throws -> [LogLine]? {
        for await result in stream {
            room.signal()
            return try result.get()
        }
        return nil
    }

    private static func line(_ entry: LogEntry) -> LogLine {
        LogLine(
            stream: entry.stream == .stdout ? .stdout : .stderr, time: entry.time, timeText: entry.timeText,
            bytes: entry.bytes)
    }
}
