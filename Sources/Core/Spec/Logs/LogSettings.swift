import LaunchPlan
import Model
import Patterns

/// What the options of a container's log come to.
///
/// The names and most words are those of Docker's json-file driver. As there, names are checked when a container is made, and
/// what they are given when it is started; but what nobody can take back later, as an expression, is checked at once.
package struct LogSettings: Sendable, Hashable {
    /// No output is kept.
    package private(set) var isOff = false
    /// Bytes after which the file is rotated; 0 for never.
    package private(set) var maxSize: UInt64 = 0
    package private(set) var maxFiles: UInt32 = 1
    /// Rotated files are compressed.
    package private(set) var compress = false
    /// Bytes of lines that may wait to be written, while the process goes on; 0 where it waits instead.
    package private(set) var bufferSize: UInt64 = 0
    private static let defaultBufferSize: UInt64 = 1 << 20
    private var labels: Set<String> = []
    private var labelsPattern: LogNamePattern?
    private var variables: Set<String> = []
    private var variablesPattern: LogNamePattern?
    private var tag: LogTag?
    /// Why the container cannot be started with it, where an option's value is wrong.
    private var objection: String?

    /// - Throws: `BerthError.invalid` naming the driver or option.
    package init(_ config: LogConfig?) throws {
        try Self.checkNames(config)
        guard let config, config.type != "none" else {
            isOff = config?.type == "none"
            return
        }
        do { try setAll(config.config) } catch { objection = "\(error)" }
    }

    private mutating func setAll(_ options: [String: String]) throws {
        for (name, value) in options.sorted(by: { $0.key < $1.key }) { try set(name, value) }
        if compress, maxFiles < 2 || maxSize == 0 {
            throw BerthError.invalid(
                "compress cannot be true when max-file is less than 2 or max-size is not set")
        }
    }

    /// To be asked before a start.
    /// - Throws: `BerthError.invalid` in Docker's words. (Docker's status is 500.)
    package func checkForStart() throws {
        if let objection { throw Self.startError(objection) }
    }

    private static func startError(_ error: Any) -> BerthError {
        .invalid("failed to create task for container: failed to initialize logging driver: \(error)")
    }

    /// What a new container may ask for.
    /// - Throws: `BerthError.invalid` naming the driver or option.
    static func check(_ config: LogConfig?) throws {
        try checkNames(config)
        guard let config, config.type != "none" else { return }
        for name in ["labels-regex", "env-regex"] { _ = try LogNamePattern(config.config[name] ?? "", name) }
    }

    private static let names: Set<String> = [
        "max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode",
        "max-buffer-size",
    ]

    private static func checkNames(_ config: LogConfig?) throws {
        guard let config else { return }
        guard ["", "json-file", "none"].contains(config.type) else {
            throw BerthError.invalid("logger: no log driver named '\(config.type)' is registered")
        }
        if config.type == "none" { return }
        let mode = config.config["mode"] ?? ""
        guard ["", "blocking", "non-blocking"].contains(mode) else {
            throw BerthError.invalid("logger: logging mode not supported: \(mode)")
        }
        if let size = config.config["max-buffer-size"] {
            guard mode == "non-blocking" else {
                throw BerthError.invalid(
                    "logger: max-buffer-size option is only supported with 'mode=non-blocking'")
            }
            do {
                guard try ByteCount.parse(size, kilo: 1024) > 0 else {
                    throw BerthError.invalid("invalid size: '\(size)'")
                }
            } catch {
                throw BerthError.invalid("error parsing option max-buffer-size: \(error)")
            }
        }
        for name in config.config.keys.sorted() where !names.contains(name) {
            throw BerthError.invalid("unknown log opt '\(name)' for json-file log driver")
        }
    }

    private mutating func set(_ name: String, _ value: String) throws {
        switch name {
        case "max-size":
            // What Docker's documentation calls the default.
            if value == "-1" { return }
            maxSize = try ByteCount.parse(value, kilo: 1000)
            guard maxSize > 0 else { throw BerthError.invalid("max-size must be a positive number") }
        case "max-file":
            // Without max-size nothing is ever rotated.
            guard let files = Int(value) else { throw BerthError.invalid("invalid value for max-file: \(value)") }
            guard files >= 1 else { throw BerthError.invalid("max-file cannot be less than 1") }
            maxFiles = UInt32(clamping: files)
        case "labels": labels = Self.list(value)
        case "env": variables = Self.list(value)
        case "labels-regex": labelsPattern = try LogNamePattern(value, name)
        case "env-regex": variablesPattern = try LogNamePattern(value, name)
        case "tag": tag = value.isEmpty ? nil : try LogTag(value)
        case "compress":
            guard let flag = Self.flags[value] else { throw BerthError.invalid("invalid value for compress: \(value)") }
            compress = flag
        case "mode": if value == "non-blocking", bufferSize == 0 { bufferSize = Self.defaultBufferSize }
        case "max-buffer-size": bufferSize = try ByteCount.parse(value, kilo: 1024)
        default: break
        }
    }

    /// The words of Go's strconv.ParseBool.
    private static let flags: [String: Bool] = [
        "1": true, "t": true, "T": true, "true": true, "TRUE": true, "True": true, "0": false, "f": false, "F": false,
        "false": false, "FALSE": false, "False": false,
    ]

    private static func list(_ value: String) -> Set<String> { Set(value.split(separator: ",").map(String.init)) }

    /// What each line of the log is to carry: labels and variables that were asked for, and the tag.
    ///
    /// - Throws: `BerthError.invalid` where there is too much for a pattern to go through.
    package func attributes(of record: ContainerRecord) throws -> [String: String] {
        var attributes: [String: String] = [:]
        try labelsPattern?.checkWork(record.config.labels.keys)
        for (key, value) in record.config.labels where Self.isWanted(key, labels, labelsPattern) {
            attributes[key] = value
        }
        try variablesPattern?.checkWork(record.config.env.map { String($0.prefix { $0 != "=" }) })
        for entry in record.config.env {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            let key = String(entry[..<equals])
            if Self.isWanted(key, variables, variablesPattern) {
                attributes[key] = String(entry[entry.index(after: equals)...])
            }
        }
        if let tag { attributes["tag"] = tag.text(for: record) }
        return attributes
    }

    /// For the launch plan; the rest of what a monitor needs to know of the log.
    /// - Throws: `BerthError.invalid`, as `attributes(of:)`.
    package func plan(for record: ContainerRecord, path: String) throws -> LaunchPlan.Log {
        if isOff { return LaunchPlan.Log() }
        try checkForStart()
        let attributes: [String: String]
        do { attributes = try self.attributes(of: record) } catch { throw Self.startError(error) }
        return LaunchPlan.Log(
            path: path, maxSize: maxSize, maxFiles: maxFiles, compress: compress,
            attributes: attributes.isEmpty ? "" : Self.json(attributes), bufferSize: bufferSize)
    }

    private static func isWanted(_ name: String, _ names: Set<String>, _ pattern: LogNamePattern?) -> Bool {
        names.contains(name) || pattern?.matches(name) ?? false
    }

    private static func json(_ values: [String: String]) -> String {
        "{" + values.sorted { $0.key < $1.key }.map { quoted($0.key) + ":" + quoted($0.value) }.joined(separator: ",")
            + "}"
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\\(scalar)"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
