import Model

extension Filters {
    /// The values of a filter that is on or off.
    /// - Throws: `BerthError.invalid` with Docker's text for another value.
    package func flags(_ name: String) throws -> [Bool] {
        try self[name].map { text in
            guard let flag = Self.flag(text) else { throw BerthError.invalid("invalid filter '\(name)=\(text)'") }
            return flag
        }
    }

    /// "1", "true", "0", "false" and their like.
    static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "t", "true": true
        case "0", "f", "false": false
        default: nil
        }
    }

    /// Whether a filter is not asked for, or one of its values holds.
    func any(_ name: String, _ holds: (String) -> Bool) -> Bool {
        self[name].isEmpty || self[name].contains(where: holds)
    }
}

/// What all prunes can be asked for: `until`, `label` and `label!`.
package struct PruneFilter: Sendable {
    private let filters: Filters
    /// Nanoseconds since 1970.
    private let until: Int64?

    /// - Parameter more: the filters that are known besides.
    /// - Throws: `BerthError.invalid` with Docker's texts for an unknown filter or a bad time.
    package init(_ filters: Filters, accepting more: Set<String> = ["until"]) throws {
        try filters.validate(accepted: more.union(["label", "label!"]))
        self.filters = filters
        until = try filters["until"].last.map { try PruneTime.parse($0) }
    }

    /// - Parameter created: nanoseconds since 1970.
    package func takes(created: Int64, labels: [String: String]) -> Bool {
        if let until, created >= until { return false }
        guard filters.matchesLabels(labels) else { return false }
        return filters["label!"].isEmpty || !filters.matchesLabels(labels, filter: "label!")
    }
}
