import Logging

/// Keeps every message of the log on one line of a bounded length, whatever a driver or a client has put into it.
struct BoundedLog: LogHandler {
    /// Bytes of UTF-8.
    static let longest = 4096

    private var base: StreamLogHandler

    init(label: String, level: Logger.Level) {
        base = .standardError(label: label)
        base.logLevel = level
    }

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { base.metadataProvider }
        set { base.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        var event = event
        event.message = "\(Self.bounded(event.message.description))"
        base.log(event: event)
    }

    /// Control characters are shown as escapes; of what is too long the beginning and the length are.
    static func bounded(_ text: String) -> String {
        let count = text.utf8.count
        let start = count > longest ? String(decoding: text.utf8.prefix(longest), as: UTF8.self) : text
        let isPlain = start.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        let line =
            isPlain
            ? start
            : start.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? $0.escaped(asASCII: true) : String($0) }
                .joined()
        return count > longest ? line + "… (\(count) bytes)" : line
    }
}
