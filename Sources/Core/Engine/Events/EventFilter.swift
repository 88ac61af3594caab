import Images
import Model

extension EventBus {
    /// What happened and happens, filtered. Ends at `until`, or when the stream is let go.
    /// A reader that falls far behind gets an error.
    /// - Parameters: nanoseconds since 1970.
    /// - Throws: `BerthError.invalid` for an unknown filter.
    public func stream(since: Int64?, until: Int64?, filters: Filters) throws -> AsyncThrowingStream<Event, any Error> {
        try filters.validate(accepted: [
            "container", "image", "network", "volume", "daemon", "event", "type", "label", "scope", "plugin",
        ])
        return subscribe(since: since, until: until) { event in Self.matches(event, filters) }
    }

    package static func matches(_ event: Event, _ filters: Filters) -> Bool {
        func object(_ kind: Event.Kind) -> Bool {
            filters.any(kind.rawValue) { wanted in
                kind == .image && isOfImage(event, named: wanted)
                    || event.kind == kind
                        && (event.actorID == wanted || event.attributes["name"] == wanted
                            || (wanted.count >= 4 && event.actorID.hasPrefix(wanted)))
            }
        }
        return filters.any("type") { $0 == event.kind.rawValue }
            && filters.any("event") { $0 == event.action || event.action.hasPrefix($0 + ":") }
            && filters.any("scope") { $0 == "local" }
            && filters.matchesLabels(event.attributes)
            && Event.Kind.allCases.allSatisfy { filters[$0.rawValue].isEmpty || object($0) }
    }

    /// Whether the event is of an image of this name, with or without the tag, or of a container made from it.
    private static func isOfImage(_ event: Event, named wanted: String) -> Bool {
        let name: String? =
            switch event.kind {
            case .image: event.attributes["name"]
            case .container: event.attributes["image"]
            default: nil
            }
        guard let name else { return false }
        return name == wanted || (try? ImageReference(parsing: name))?.familiarName == wanted
    }
}
