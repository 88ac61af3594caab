import Logs
import Model

extension StreamService {
    /// A container's log, from its file; following ends when the container does.
    public func logs(_ ref: String, options: LogOptions) async throws -> LogStream {
        let entry = try containers.find(ref)
        let record = entry.record
        try checkReadable(entry, options)
        // Only what runs can be followed.
        let running = options.follow ? entry.process : nil
        let query = LogQuery(
            tail: options.tail, since: options.since, until: options.until, stdout: options.stdout,
            stderr: options.stderr, follow: running != nil)
        let path = paths.container(entry.id).log
        let logger = logger
        let reader = try await blocking.run {
            do {
                return try LogReader(path: path, query: query) { logger.warning("\($0)") }
            } catch { throw BerthError.system("\(error)") }
        }
        let batches = LogBatches(reader: reader, following: running)
        let pool = blocking
        return LogStream(isTTY: record.config.tty) {
            if query.follow { return try await batches.followed(on: pool) }
            return try await pool.run { try batches.read() }
        }
    }
}

extension StreamService {
    public static let noStream = BerthError.invalid("must specify at least one of 'stdout' or 'stderr'")
        .formerly("Bad parameters: you must choose at least one stream", below: 51)

    /// - Throws: `BerthError` with Docker's text when no stream is wanted or nothing is kept of them.
    func checkReadable(_ entry: ContainerEntry, _ options: LogOptions) throws {
        guard options.stdout || options.stderr else {
            throw Self.noStream
        }
        if (try? entry.spec.log.isOff) ?? false {
            throw BerthError(.notImplemented, "configured logging driver does not support reading")
        }
    }
}

/// Reads a log in batches. Reading blocks, so each batch is read on a thread that is borrowed for it; one that waits for
/// more is woken when its task is cancelled, or when these batches are let go.
final class LogBatches: Sendable {
    /// Bytes after which a batch is handed on.
    static let size = 64 * 1024

    private let reader: LogReader
    private let end: Task<Void, Never>?

    /// - Parameter running: the process whose end is the log's end; nil to read what is there now.
    init(reader: LogReader, following running: RunningContainer?) {
        self.reader = reader
        end = running.map { running in
            Task { if await running.ended.wait() != nil { reader.finish() } }
        }
    }

    deinit {
        end?.cancel()
        reader.cancel()
    }

    /// The next batch, which has at least one line; nil at the end. Blocking.
    func read() throws -> [LogLine]? {
        let entries: [LogEntry]
        do { entries = try reader.nextBatch(bytes: Self.size) } catch { throw BerthError.system("\(error)") }
        return entries.isEmpty ? nil : entries.map(Self.line)
    }

    /// As `read`, for a reader that may have to wait for as long as the container lives.
    func followed(on blocking: Blocking) async throws -> [LogLine]? {
        let reader = reader
        return try await withTaskCancellationHandler {
            try await blocking.runLong { try self.read() }
        } onCancel: {
            reader.cancel()
        }
    }

    private static func line(_ entry: LogEntry) -> LogLine {
        LogLine(
            stream: entry.stream == .stdout ? .stdout : .stderr, time: entry.time, timeText: entry.timeText,
            bytes: entry.bytes, attributes: entry.attributes)
    }
}
