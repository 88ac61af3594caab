import Foundation
import Model

/// HEALTHCHECK of a Dockerfile: `NONE`, or options and `CMD` with a command.
enum HealthCheckInstruction {
    static func parse(_ arguments: String) throws -> HealthCheck {
        var rest = arguments[...]
        var options: [String: String] = [:]
        while rest.hasPrefix("--") {
            let option = rest.prefix { !$0.isWhitespace }
            rest = rest[option.endIndex...].drop(while: \.isWhitespace)
            let parts = option.dropFirst(2).split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw BerthError.invalid("Missing a value on flag: \(option)") }
            options[String(parts[0])] = String(parts[1])
        }
        let kind = rest.prefix { !$0.isWhitespace }
        let command = rest[kind.endIndex...].trimmingCharacters(in: .whitespaces)
        var test: [String]
        switch kind.uppercased() {
        case "NONE": test = ["NONE"]
        case "CMD":
            guard !command.isEmpty else { throw BerthError.invalid("Missing command after HEALTHCHECK CMD") }
            test = ImageChange.jsonList(command).map { ["CMD"] + $0 } ?? ["CMD-SHELL", command]
        default: throw BerthError.invalid("Unknown type \"\(kind)\" in HEALTHCHECK (try CMD)")
        }
        return try healthCheck(test: test, options: options)
    }

    private static func healthCheck(test: [String], options: [String: String]) throws -> HealthCheck {
        var fields: [String: Any] = ["Test": test]
        for (name, value) in options {
            switch name {
            case "interval": fields["Interval"] = try nanoseconds(value, name)
            case "timeout": fields["Timeout"] = try nanoseconds(value, name)
            case "start-period": fields["StartPeriod"] = try nanoseconds(value, name)
            case "start-interval": fields["StartInterval"] = try nanoseconds(value, name)
            case "retries":
                guard let count = Int(value), count >= 0 else {
                    throw BerthError.invalid("--retries must be a number of 0 or more: \(value)")
                }
                fields["Retries"] = count
            default: throw BerthError.invalid("Unknown flag: \(name)")
            }
        }
        return try JSONDecoder().decode(HealthCheck.self, from: try JSONSerialization.data(withJSONObject: fields))
    }

    /// Durations as Go writes them: "1h30m", "1.5s", "500ms".
    private static func nanoseconds(_ text: String, _ option: String) throws -> Int64 {
        let units: [(name: String, nanoseconds: Double)] = [
            ("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
        ]
        var rest = text[...]
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            let name = rest[digits.endIndex...].prefix(while: \.isLetter)
            guard let number = Double(digits), let unit = units.first(where: { $0.name == name }) else {
                throw BerthError.invalid("invalid duration \"\(text)\" of --\(option)")
            }
            sum += number * unit.nanoseconds
            rest = rest[name.endIndex...]
        }
        guard text != "", sum < 9e18 else { throw BerthError.invalid("invalid duration \"\(text)\" of --\(option)") }
        return Int64(sum)
    }
}
