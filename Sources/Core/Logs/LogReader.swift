import Glibc
import Synchronization

/// Reads the log of a container that is kept in Docker's json-file format, across its rotated files, one entry after
/// another and without holding more than a block of it.
///
/// `next()` blocks and is for one thread at a time; `finish()` and `cancel()` may come from any thread meanwhile.
public final class LogReader: Sendable {
    private let cursor: Mutex<LogCursor>
    private let watch: LogWatch?
    private let isFinished = Atomic<Bool>(false)
    private let isCancelled = Atomic<Bool>(false)
    private let query: LogQuery

    /// Opens the log whose newest file is `path` (`ID-json.log`; older ones are `ID-json.log.1` or
    /// `ID-json.log.1.gz` and so on). A log that
    /// is not there yet is an empty one. What `query.tail` counts is counted now. Throws `LogError`.
    ///
    /// - Parameter warn: told of each compressed file that is damaged; it is read as far as that goes.
    public init(
        path: String, query: LogQuery = LogQuery(), warn: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.query = query
        // The watch must stand before the end is looked for, so that nothing is written unseen between the two.
        let directory = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        watch = query.follow ? try LogWatch(directory: directory) : nil
        cursor = Mutex(try LogCursor(set: RotatedSet(path: path, warn: warn), query: query))
    }

    /// The next entry that the query wants; nil at the end, and after that always.
    ///
    /// When following, waits at the end of the log for more, until `finish()`, `cancel()` or the time of `until`. Lines
    /// that are damaged are passed over, as is half a line at the end. Throws `LogError`.
    public func next() throws -> LogEntry? {
        try cursor.withLock { try next(&$0) }
    }

    /// The next entry, waiting for it as `next()` does, and what can be had behind it without waiting, until their texts
    /// have `bytes` bytes or more. Empty at the end.
    public func nextBatch(bytes: Int) throws -> [LogEntry] {
        try cursor.withLock { cursor in
            try cursor.keepUp()
            guard let first = try next(&cursor) else { return [] }
            var batch = [first]
            var size = first.bytes.count
            while size < bytes, !isCancelled.load(ordering: .acquiring), let entry = try cursor.next() {
                batch.append(entry)
                size += entry.bytes.count
            }
            return batch
        }
    }

    private func next(_ cursor: inout LogCursor) throws -> LogEntry? {
        while !isCancelled.load(ordering: .acquiring) {
            // Looked at before reading: what was written before the end was told is then read for certain.
            let isLast = watch == nil || isFinished.load(ordering: .acquiring) || remaining() == 0
            if let entry = try cursor.next() { return entry }
            if isLast || cursor.isPastUntil { return nil }
            // A rotation that is just going on is over in no time, and need not be seen as an event.
            watch?.wait(milliseconds: cursor.isBetweenFiles ? 2 : remaining())
        }
        return nil
    }

    /// Tells that the container has ended and its log is complete: `next()` gives what is left and then nil.
    public func finish() {
        isFinished.store(true, ordering: .releasing)
        watch?.wake()
    }

    /// Ends `next()` at once, entries left or not: nobody wants them any more.
    public func cancel() {
        isCancelled.store(true, ordering: .releasing)
        watch?.wake()
    }

    /// Milliseconds until the clock passes `until`; -1 where it is not given.
    private func remaining() -> Int32 {
        guard let until = query.until else { return -1 }
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let left = until / 1_000_000 - (Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
        return Int32(clamping: max(0, left + (left >= 0 ? 1 : 0)))
    }
}
