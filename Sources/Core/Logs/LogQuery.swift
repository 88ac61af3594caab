/// Which entries of a log are wanted.
public struct LogQuery: Sendable, Hashable {
    /// Only so many of the last lines, counted before the other conditions; nil for all.
    public var tail: Int?
    /// Nanoseconds since 1970: nothing older.
    public var since: Int64?
    /// Nanoseconds since 1970: nothing newer; with `follow`, the end comes when the clock has passed it.
    public var until: Int64?
    public var stdout: Bool
    public var stderr: Bool
    /// Wait for more at the end, until `LogReader.finish()` or `cancel()`.
    public var follow: Bool

    public init(
        tail: Int? = nil, since: Int64? = nil, until: Int64? = nil, stdout: Bool = true, stderr: Bool = true,
        follow: Bool = false
    ) {
        self.tail = tail
        self.since = since
        self.until = until
        self.stdout = stdout
        self.stderr = stderr
        self.follow = follow
    }
}
