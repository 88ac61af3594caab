import FoundationEssentials
import Glibc

extension SeccompProfile {
    /// Reads a profile in Docker's JSON format, as `--security-opt seccomp=FILE` gives it.
    ///
    /// Throws `ConfinementError.Kind.invalidParameter` with the field that is wrong, e.g. `syscalls[3].args[0].op`.
    public init(json: String) throws {
        let wire: Wire
        do {
            wire = try JSONDecoder().decode(Wire.self, from: Data(json.utf8))
        } catch let error as DecodingError {
            throw Self.failure(error)
        }
        try self.init(wire)
    }

    private static func failure(_ error: DecodingError) -> ConfinementError {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return wrong(field(context.codingPath), context.debugDescription)
        case .keyNotFound(let key, let context):
            return wrong(field(context.codingPath + [key]), "is missing")
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return wrong(field(context.codingPath), context.debugDescription)
        default:
            return ConfinementError.invalid("decoding seccomp profile failed: not valid JSON")
        }
    }

    private static func wrong(_ field: String, _ reason: String) -> ConfinementError {
        ConfinementError.invalid("decoding seccomp profile failed: \(field): \(reason)")
    }

    private static func field(_ path: [any CodingKey]) -> String {
        path.reduce("") { text, key in
            if let index = key.intValue { return text + "[\(index)]" }
            return text.isEmpty ? key.stringValue : text + "." + key.stringValue
        }
    }

    private init(_ wire: Wire) throws {
        if !(wire.archMap ?? []).isEmpty && !(wire.architectures ?? []).isEmpty {
            throw ConfinementError.invalid(
                "both 'architectures' and 'archMap' are specified in the seccomp profile, "
                    + "use either 'architectures' or 'archMap'")
        }
        if let name = (wire.architectures ?? []).first(where: { !SeccompMachine.libraryNames.contains($0) }) {
            throw Self.wrong("architectures", "unknown architecture \"\(name)\"")
        }
        self.init(
            defaultAction: try Self.action(wire.defaultAction, wire.defaultErrnoRet, "defaultAction"),
            architectures: (wire.archMap ?? []).map {
                Companions(machine: $0.architecture, others: $0.subArchitectures ?? [])
            },
            always: wire.architectures ?? [],
            rules: try (wire.syscalls ?? []).enumerated().map { try Self.rule($0.element, "syscalls[\($0.offset)]") })
    }

    private static func rule(_ call: Wire.Call, _ field: String) throws -> SeccompRule {
        if call.name != nil && !(call.names ?? []).isEmpty {
            throw ConfinementError.invalid(
                "both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'")
        }
        return SeccompRule(
            calls: call.name.map { [$0] } ?? call.names ?? [],
            action: try action(call.action, call.errnoRet, field + ".action"),
            arguments: try (call.args ?? []).enumerated().map {
                try argument($0.element, "\(field).args[\($0.offset)]")
            },
            includes: try condition(call.includes, field + ".includes"),
            excludes: try condition(call.excludes, field + ".excludes"))
    }

    private static func argument(_ wire: Wire.Argument, _ field: String) throws -> SeccompArgument {
        guard wire.index < 6 else { throw wrong(field + ".index", "must be 0 to 5, not \(wire.index)") }
        guard let comparison = SeccompComparison(rawValue: wire.op) else {
            throw wrong(field + ".op", "unknown comparison \"\(wire.op)\"")
        }
        return SeccompArgument(
            index: wire.index, value: wire.value ?? 0, second: wire.valueTwo ?? 0, comparison: comparison)
    }

    private static func condition(_ wire: Wire.Condition?, _ field: String) throws -> SeccompRule.Condition {
        guard let wire else { return .init() }
        return SeccompRule.Condition(
            // One that this version does not know cannot be held by anybody: bit 63 stands for it.
            capabilities: (wire.caps ?? []).map { Capability(name: $0) ?? Capability(rawValue: 63) },
            machines: wire.arches ?? [],
            minKernel: try wire.minKernel.map { text in
                guard let version = KernelVersion(text) else {
                    throw wrong(field + ".minKernel", "not a version: \"\(text)\"")
                }
                return version
            })
    }

    private static func action(_ name: String, _ number: UInt32?, _ field: String) throws -> SeccompAction {
        let errorNumber = Int32(truncatingIfNeeded: min(number ?? UInt32(EPERM), 4095))
        switch name {
        case "SCMP_ACT_ALLOW": return .allow
        case "SCMP_ACT_ERRNO": return .errno(errorNumber)
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
        case "SCMP_ACT_KILL_PROCESS": return .killProcess
        case "SCMP_ACT_TRAP": return .trap
        case "SCMP_ACT_LOG": return .log
        case "SCMP_ACT_TRACE": return .trace(errorNumber)
        default: throw wrong(field, "unknown action \"\(name)\"")
        }
    }
}

extension SeccompProfile {
    /// The JSON as it stands.
    fileprivate struct Wire: Decodable {
        var defaultAction: String
        var defaultErrnoRet: UInt32?
        var archMap: [Architecture]?
        var architectures: [String]?
        var syscalls: [Call]?

        struct Architecture: Decodable {
            var architecture: String
            var subArchitectures: [String]?
        }

        struct Call: Decodable {
            var name: String?
            var names: [String]?
            var action: String
            var errnoRet: UInt32?
            var args: [Argument]?
            var includes: Condition?
            var excludes: Condition?
        }

        struct Argument: Decodable {
            var index: UInt32
            var value: UInt64?
            var valueTwo: UInt64?
            var op: String
        }

        struct Condition: Decodable {
            var caps: [String]?
            var arches: [String]?
            var minKernel: String?
        }
    }
}
