/// One line of a container's log.
public struct LogEntry: Sendable, Hashable {
    public enum Stream: String, Sendable, Hashable {
        case stdout
        case stderr
    }

    public var stream: Stream
    /// Nanoseconds since 1970.
    public var time: Int64
    /// The time as it stands in the log (RFC 3339 with up to nine digits of a second).
    public var timeText: String
    /// What the container wrote: with its line feed, unless the line was too long and goes on in the next entry.
    public var bytes: [UInt8]
    /// What the log says of each line besides, such as labels of the container.
    public var attributes: [String: String] = [:]

    public init(stream: Stream, time: Int64, timeText: String, bytes: [UInt8]) {
        self.stream = stream
        self.time = time
        self.timeText = timeText
        self.bytes = bytes
    }
}
