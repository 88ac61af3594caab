import LaunchPlan
import Model

/// What the options of a container's log come to.
///
/// The names and most words are those of Docker's json-file driver.
package struct LogSettings: Sendable, Hashable {
    /// No output is kept.
    package private(set) var isOff = false
    /// Bytes after which the file is rotated; 0 for never.
    package private(set) var maxSize: UInt64 = 0
    package private(set) var maxFiles: UInt32 = 1
    /// Bytes of lines that may wait to be written, while the process goes on; 0 where it waits instead.
    package private(set) var bufferSize: UInt64 = 0
    private static let defaultBufferSize: UInt64 = 1 << 20
    private var labels: Set<String> = []
    private var labelsPattern: String?
    private var variables: Set<String> = []
    private var variablesPattern: String?
    private var tag: LogTag?

    /// - Throws: `BerthError.invalid` naming the option.
    package init(_ config: LogConfig?) throws {
        guard let config else { return }
        guard ["", "json-file", "none"].contains(config.type) else {
            throw BerthError.invalid("logger: no log driver named '\(config.type)' is registered")
        }
        isOff = config.type == "none"
        if isOff { return }
        for (name, value) in config.config.sorted(by: { $0.key < $1.key }) { try set(name, value) }
        if config.config["max-buffer-size"] != nil, config.config["mode"] != "non-blocking" {
            throw BerthError.invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
        }
    }

    /// What a new container may ask for beyond what can be read.
    /// - Throws: `BerthError.invalid` naming the option that is known and not done.
    static func check(_ config: LogConfig?) throws {
        guard let config, config.type != "none" else { return }
        if let value = config.config["compress"], ["true", "1"].contains(value.lowercased()) {
            throw BerthError.invalid("log opt compress is not supported: rotated files stay as they are")
        }
    }

    private mutating func set(_ name: String, _ value: String) throws {
        switch name {
        case "max-size":
            guard value != "-1" else { return }
            guard let bytes = LogSize.bytes(value) else { throw BerthError.invalid("invalid size: '\(value)'") }
            maxSize = bytes
        case "max-file":
            // Without max-size nothing is ever rotated.
            guard let files = UInt32(value) else {
                throw BerthError.invalid("invalid value for max-file: \(value)")
            }
            guard files >= 1 else { throw BerthError.invalid("max-file cannot be less than 1") }
            maxFiles = files
        case "labels": labels = Self.list(value)
        case "env": variables = Self.list(value)
        case "labels-regex": labelsPattern = try Self.pattern(value, name)
        case "env-regex": variablesPattern = try Self.pattern(value, name)
        case "tag": tag = value.isEmpty ? nil : try LogTag(value)
        case "compress":
            guard ["true", "1", "false", "0"].contains(value.lowercased()) else {
                throw BerthError.invalid("invalid value for compress: \(value)")
            }
        case "mode":
            guard ["", "blocking", "non-blocking"].contains(value) else {
                throw BerthError.invalid("logger: logging mode not supported: \(value)")
            }
            if value == "non-blocking", bufferSize == 0 { bufferSize = Self.defaultBufferSize }
        case "max-buffer-size":
            guard let bytes = LogSize.bytes(value), bytes > 0 else {
                throw BerthError.invalid("error parsing option max-buffer-size: invalid size: '\(value)'")
            }
            bufferSize = bytes
        default: throw BerthError.invalid("unknown log opt '\(name)' for json-file log driver")
        }
    }

    private static func list(_ value: String) -> Set<String> { Set(value.split(separator: ",").map(String.init)) }

    private static func pattern(_ value: String, _ name: String) throws -> String? {
        if value.isEmpty { return nil }
        do {
            _ = try Regex(value)
        } catch {
            throw BerthError.invalid("invalid value for \(name): `\(value)` is no regular expression")
        }
        return value
    }

    /// What each line of the log is to carry: labels and variables that were asked for, and the tag.
    package func attributes(of record: ContainerRecord) -> [String: String] {
        var attributes: [String: String] = [:]
        let labels = Names(labels, matching: labelsPattern)
        for (key, value) in record.config.labels where labels.contains(key) { attributes[key] = value }
        let variables = Names(variables, matching: variablesPattern)
        for entry in record.config.env {
            guard let equals = entry.firstIndex(of: "=") else { continue }
            let key = String(entry[..<equals])
            if variables.contains(key) { attributes[key] = String(entry[entry.index(after: equals)...]) }
        }
        if let tag { attributes["tag"] = tag.text(for: record) }
        return attributes
    }

    /// For the launch plan; the rest of what a monitor needs to know of the log.
    package func plan(for record: ContainerRecord, path: String) -> LaunchPlan.Log {
        if isOff { return LaunchPlan.Log() }
        let attributes = attributes(of: record)
        return LaunchPlan.Log(
            path: path, maxSize: maxSize, maxFiles: maxFiles,
            attributes: attributes.isEmpty ? "" : Self.json(attributes), bufferSize: bufferSize)
    }

    /// Some by name, others by what they look like.
    private struct Names {
        let names: Set<String>
        let expression: Regex<AnyRegexOutput>?

        init(_ names: Set<String>, matching pattern: String?) {
            self.names = names
            expression = pattern.flatMap { try? Regex($0) }
        }

        func contains(_ name: String) -> Bool {
            names.contains(name) || expression.map { name.firstMatch(of: $0) != nil } ?? false
        }
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
