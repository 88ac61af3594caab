import Model

extension Engine {
    /// - Parameters:
    ///   - all: those that do not run too.
    ///   - limit: the newest so many, running or not; 0 for no limit.
    ///   - size: measure the writable layers (slow).
    /// - Throws: `BerthError.invalid` for an unknown filter or value, `.notFound` for a `before`/`since` that is not there.
    public func containers(all: Bool, limit: Int, size: Bool, filters: Filters) async throws -> [ContainerSnapshot] {
        try filters.validate(accepted: Self.containerFilters)
        for status in filters["status"] where ContainerState.Status(rawValue: status) == nil || status == "starting" {
            throw BerthError.invalid("invalid filter 'status=\(status)'")
        }
        let exits = try filters["exited"].map { text in
            guard let code = Int(text) else { throw BerthError.invalid("invalid filter 'exited=\(text)'") }
            return code
        }
        let before = try filters["before"].last.map { try containers.find($0).record.created }
        let since = try filters["since"].last.map { try containers.find($0).record.created }
        let ancestors =
            filters["ancestor"].isEmpty ? nil : Set(filters["ancestor"].compactMap { try? images.find($0).id })
        let includeStopped =
            all || limit > 0 || !filters["status"].isEmpty || !exits.isEmpty
            || before != nil || since != nil
        let volumeNames = filters["volume"]
        let networkNames = filters["network"]

        var entries = self.containers.all.map { ($0, $0.record) }.filter { _, record in
            let state = record.state
            if !includeStopped, !state.isRunning { return false }
            if !filters["status"].isEmpty, !filters["status"].contains(Self.shownStatus(state).rawValue) {
                return false
            }
            if !exits.isEmpty, state.isRunning || state.finishedAt == 0 || !exits.contains(state.exitCode) {
                return false
            }
            if let before, record.created >= before { return false }
            if let since, record.created <= since { return false }
            if let ancestors, !ancestors.contains(record.imageID) { return false }
            if !filters["id"].isEmpty, !filters["id"].contains(where: { record.id.hasPrefix($0) }) { return false }
            if !filters["name"].isEmpty, !filters["name"].contains(where: { Self.nameMatches(record.name, $0) }) {
                return false
            }
            if !volumeNames.isEmpty,
                !record.mounts.contains(where: { mount in
                    volumeNames.contains { $0 == mount.name || $0 == mount.destination || $0 == mount.source }
                })
            {
                return false
            }
            if !networkNames.isEmpty,
                !record.networks.contains(where: { name, settings in
                    networkNames.contains {
                        $0 == name || (!settings.networkID.isEmpty && settings.networkID.hasPrefix($0))
                    }
                })
            {
                return false
            }
            if !Self.publishes(record, filters["publish"]) || !Self.exposes(record, filters["expose"]) { return false }
            return filters.matchesLabels(record.config.labels)
        }
        entries.sort { $0.1.created > $1.1.created }
        if limit > 0 { entries = Array(entries.prefix(limit)) }
        var snapshots: [ContainerSnapshot] = []
        for (entry, _) in entries { snapshots.append(try await snapshot(entry, size: size)) }
        return snapshots
    }

    static let containerFilters: Set<String> = [
        "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network",
        "publish", "since", "status", "volume",
    ]

    static func shownStatus(_ state: ContainerState) -> ContainerState.Status {
        state.status == .starting ? .created : state.status
    }

    /// Docker matches names as a pattern anywhere in "/name"; anchors are what scripts use of that.
    static func nameMatches(_ name: String, _ pattern: String) -> Bool {
        if pattern == name || pattern == "/" + name { return true }
        guard let expression = try? Regex(pattern) else { return false }
        return (try? expression.firstMatch(in: name)) != nil || (try? expression.firstMatch(in: "/" + name)) != nil
    }

    private static func publishes(_ record: ContainerRecord, _ wanted: [String]) -> Bool {
        wanted.isEmpty
            || wanted.contains { text in
                guard let ports = try? ContainerPort.parseRange(text) else { return false }
                return ports.contains { port in
                    record.ports.contains { key, bindings in
                        key.hasSuffix("/" + port.transport)
                            && (key == port.description || bindings.contains { $0.hostPort == String(port.number) })
                    }
                }
            }
    }

    private static func exposes(_ record: ContainerRecord, _ wanted: [String]) -> Bool {
        wanted.isEmpty
            || wanted.contains { text in
                guard let ports = try? ContainerPort.parseRange(text) else { return false }
                return ports.contains { record.config.exposedPorts?[$0.description] != nil }
            }
    }
}
