/// Something that happened to an object (Docker's event message).
public struct Event: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        case container, image, network, volume, daemon, plugin
    }

    public var kind: Kind
    /// "create", "start", "die", ….
    public var action: String
    public var actorID: String
    public var attributes: [String: String]
    /// Nanoseconds since 1970.
    public var time: Int64

    public init(kind: Kind, action: String, actorID: String, attributes: [String: String], time: Int64) {
        self.kind = kind
        self.action = action
        self.actorID = actorID
        self.attributes = attributes
        self.time = time
    }
}

/// Docker's `filters` parameter: each name with its accepted values.
public struct Filters: Sendable, Equatable {
    public var values: [String: [String]]

    public init(_ values: [String: [String]] = [:]) {
        self.values = values
    }

    public subscript(name: String) -> [String] { values[name] ?? [] }

    /// - Throws: `BerthError.invalid` with Docker's text for a filter that the list does not know.
    public func validate(accepted: Set<String>) throws {
        for name in values.keys.sorted() where !accepted.contains(name) {
            throw BerthError.invalid("invalid filter '\(name)'")
        }
    }

    /// `label` filters: "key" or "key=value"; all must hold.
    public func matchesLabels(_ labels: [String: String], filter: String = "label") -> Bool {
        self[filter].allSatisfy { wanted in
            guard let equals = wanted.firstIndex(of: "=") else { return labels[wanted] != nil }
            return labels[String(wanted[..<equals])] == String(wanted[wanted.index(after: equals)...])
        }
    }
}
