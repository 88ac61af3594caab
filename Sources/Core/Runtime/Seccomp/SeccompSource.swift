/// Where a container's filter comes from.
public enum SeccompSource: Sendable, Hashable {
    /// The profile built in.
    case containerDefault
    /// A profile in Docker's JSON format.
    case json(String)

    /// Reads `--security-opt seccomp=…` as it arrives over the API: `unconfined` gives nil, `builtin` and an empty
    /// value the default, anything else is taken for JSON. Throws what is wrong with it.
    public static func option(_ value: String) throws -> SeccompSource? {
        switch value {
        case "unconfined": return nil
        case "", "builtin": return .containerDefault
        default:
            _ = try SeccompProfile(json: value)
            return .json(value)
        }
    }

    /// The profile. Throws like `SeccompProfile.init(json:)`.
    public func profile() throws -> SeccompProfile {
        switch self {
        case .containerDefault: return .containerDefault
        case .json(let text): return try SeccompProfile(json: text)
        }
    }
}
