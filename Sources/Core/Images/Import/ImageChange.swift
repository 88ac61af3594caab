import Foundation
import Model

/// The Dockerfile instructions that `import` and `commit` take as changes to an image's configuration.
public enum ImageChange {
    /// Applies instructions, one or more a text, in order.
    ///
    /// Throws 400 in Docker's words: "unknown instruction: FOO", "RUN is not a valid change command", and for
    /// instructions without their arguments.
    public static func apply(_ changes: [String], to config: inout ContainerConfig) throws {
        for line in changes.flatMap(lines) {
            let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
            guard let first = parts.first else { continue }
            let arguments = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            try apply(first.uppercased(), arguments, to: &config)
        }
    }

    private static let otherInstructions = [
        "ADD", "ARG", "COPY", "FROM", "MAINTAINER", "RUN", "SHELL",
    ]

    private static func apply(_ name: String, _ arguments: String, to config: inout ContainerConfig) throws {
        if otherInstructions.contains(name) { throw BerthError.invalid("\(name) is not a valid change command") }
        func needsArguments() throws {
            if arguments.isEmpty { throw BerthError.invalid("\(name) requires at least one argument") }
        }
        switch name {
        case "CMD": config.cmd = command(arguments, config)
        case "ENTRYPOINT":
            config.entrypoint = command(arguments, config)
        case "ENV":
            try needsArguments()
            for (key, value) in try InstructionWords.pairs(arguments, instruction: name) {
                config.env.removeAll { $0.hasPrefix(key + "=") }
                config.env.append("\(key)=\(value)")
            }
        case "LABEL":
            try needsArguments()
            for (key, value) in try InstructionWords.pairs(arguments, instruction: name) { config.labels[key] = value }
        case "EXPOSE":
            try needsArguments()
            for word in InstructionWords.split(arguments) {
                for port in try ExposedPorts.parse(word) {
                    config.exposedPorts = config.exposedPorts.merging([port: EmptyObject()]) { $1 }
                }
            }
        case "USER":
            try needsArguments()
            config.user = arguments
        case "VOLUME":
            try needsArguments()
            for path in jsonList(arguments) ?? InstructionWords.split(arguments) {
                guard !path.isEmpty else { throw BerthError.invalid("VOLUME specified can not be an empty string") }
                config.volumes = config.volumes.merging([path: EmptyObject()]) { $1 }
            }
        case "WORKDIR":
            try needsArguments()
            config.workingDir = joined(config.workingDir, InstructionWords.unquoted(arguments))
        case "STOPSIGNAL":
            try needsArguments()
            config.stopSignal = arguments
        case "ONBUILD":
            try needsArguments()
            config.onBuild += [arguments]
        case "HEALTHCHECK":
            try needsArguments()
            config.healthcheck = try HealthCheckInstruction.parse(arguments)
        default:
            throw BerthError.invalid("unknown instruction: \(name)")
        }
    }

    /// Lines of a change, joined where one ends in a backslash, without comments.
    private static func lines(_ text: String) -> [String] {
        var lines: [String] = []
        var open = ""
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.hasPrefix("#") { continue }
            if line.hasSuffix("\\") {
                open += line.dropLast() + " "
            } else {
                lines.append(open + line)
                open = ""
            }
        }
        if !open.isEmpty { lines.append(open) }
        return lines
    }

    /// The exec form as it stands, the shell form wrapped in the image's shell.
    private static func command(_ arguments: String, _ config: ContainerConfig) -> WordList? {
        if let words = jsonList(arguments) { return WordList(words) }
        guard !arguments.isEmpty else { return nil }
        return WordList((config.shell.isEmpty ? ["/bin/sh", "-c"] : config.shell) + [arguments])
    }

    static func jsonList(_ text: String) -> [String]? {
        guard text.hasPrefix("[") else { return nil }
        return try? JSONDecoder().decode([String].self, from: Data(text.utf8))
    }

    /// WORKDIR may be relative to the one before.
    private static func joined(_ base: String, _ path: String) -> String {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : "\(base)/\(path)").split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
