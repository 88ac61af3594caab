/// How a process ended, as it stands in the exit file: lines of `key=value` with the keys `version`, `code`, `oom` (0 or 1)
/// and `finished`. A reader passes over keys that it does not know; the version changes only when that would mislead it.
public struct ExitStatus: Sendable, Equatable {
    /// The process's own status, or 128 + the signal that ended it.
    public var code: Int32
    /// The kernel ended a process of the cgroup for want of memory.
    public var outOfMemory: Bool
    /// Nanoseconds since 1970.
    public var finished: UInt64

    public init(code: Int32, outOfMemory: Bool, finished: UInt64) {
        self.code = code
        self.outOfMemory = outOfMemory
        self.finished = finished
    }

    /// The version of the exit file's form. Files before there were versions are of the first.
    public static let version = 1

    /// The exit file's text.
    public var text: String {
        "version=\(Self.version)\ncode=\(code)\noom=\(outOfMemory ? 1 : 0)\nfinished=\(finished)\n"
    }

    /// Reads the exit file's text; nil when it is not complete, or of a later version.
    public init?(text: String) {
        var code: Int32?
        var outOfMemory: Bool?
        var finished: UInt64?
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = String(decoding: line[line.index(after: equals)...], as: UTF8.self)
            switch String(decoding: line[..<equals], as: UTF8.self) {
            case "version": guard let version = Int(value), version <= Self.version else { return nil }
            case "code": code = Int32(value)
            case "oom": outOfMemory = value == "1" ? true : value == "0" ? false : nil
            case "finished": finished = UInt64(value)
            default: continue
            }
        }
        guard let code, let outOfMemory, let finished else { return nil }
        self.init(code: code, outOfMemory: outOfMemory, finished: finished)
    }
}
