import Model
import Spec

extension ContainerService {
    /// - Parameters:
    ///   - all: those that do not run too.
    ///   - limit: the newest so many, running or not; 0 for no limit.
    ///   - size: measure the writable layers (slow).
    /// - Throws: `BerthError.invalid` for an unknown filter or value, `.notFound` for a `before`/`since` that is not there.
    public func list(all: Bool, limit: Int, size: Bool, filters: Filters) async throws -> [ContainerSnapshot] {
        try filters.validate(accepted: Self.containerFilters)
        for status in filters["status"] where ContainerState.Status(rawValue: status) == nil || status == "starting" {
            throw BerthError.invalid("invalid filter 'status=\(status)'")
        }
        let isNever = try Self.selectsNone(filters)
        let exits = try filters["exited"].map { text in
            guard let code = Int(text) else { throw BerthError.invalid("invalid filter 'exited=\(text)'") }
            return code
        }
        let before = try filters["before"].last.map { try containers.find($0).record.created }
        let since = try filters["since"].last.map { try containers.find($0).record.created }
        let ancestors =
            filters["ancestor"].isEmpty ? nil : Set(filters["ancestor"].compactMap { images.id(of: $0) })
        let includeStopped =
            all || limit > 0 || !filters["status"].isEmpty || !exits.isEmpty
            || before != nil || since != nil
        let names = filters["name"].map(NamePattern.init)
        let volumeNames = filters["volume"]
        let networkNames = filters["network"]

        var entries = containers.all.map { ($0, $0.record) }.filter { _, record in
            if isNever { return false }
            let state = record.state
            if !includeStopped, !state.isRunning { return false }
            if !filters["status"].isEmpty, !filters["status"].contains(state.shown.status.rawValue) {
                return false
            }
            if !exits.isEmpty, state.isRunning || state.finishedAt == 0 || !exits.contains(state.exitCode) {
                return false
            }
            if let before, record.created >= before { return false }
            if let since, record.created <= since { return false }
            if let ancestors, !ancestors.contains(record.imageID) { return false }
            if !filters["id"].isEmpty, !filters["id"].contains(where: { record.id.hasPrefix($0) }) { return false }
            if !names.isEmpty, !names.contains(where: { $0.matches(record.name) || $0.matches("/" + record.name) }) {
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
        for (entry, _) in entries { snapshots.append(try await listed(entry, size: size)) }
        return snapshots
    }

    /// A container as lists show it: with its image's name only while the name still is that image's, else with the ID.
    func listed(_ entry: ContainerEntry, size: Bool) async throws -> ContainerSnapshot {
        var snapshot = try await snapshot(entry, size: size)
        let imageID = snapshot.record.imageID
        if (try? images.find(snapshot.imageName))?.id != imageID { snapshot.imageName = imageID }
        return snapshot
    }

    static let containerFilters: Set<String> = [
        "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network",
        "publish", "since", "status", "volume",
    ]

    /// Whether filters ask for what no container is: health checks are not run, and there are no tasks of a swarm.
    /// - Throws: `BerthError.invalid` with Docker's texts for a bad value.
    private static func selectsNone(_ filters: Filters) throws -> Bool {
        for value in filters["health"] where !["none", "starting", "healthy", "unhealthy"].contains(value) {
            throw BerthError.invalid("Unrecognised filter value for health: \(value)")
        }
        for value in filters["is-task"] where value != "true" && value != "false" {
            throw BerthError.invalid("invalid filter 'is-task=\(value)'")
        }
        let wantsHealth = !filters["health"].isEmpty && !filters["health"].contains("none")
        return wantsHealth || filters["is-task"] == ["true"]
    }

    private static func publishes(_ record: ContainerRecord, _ wanted: [String]) -> Bool {
        wanted.isEmpty
            || wanted.contains { text in
                guard let ports = (try? PortRange(parsing: text))?.ports else { return false }
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
                guard let wanted = try? PortRange(parsing: text) else { return false }
                return record.config.exposedPorts.keys.contains { exposed in
                    guard let range = try? PortRange(parsing: exposed) else { return false }
                    return range.transport == wanted.transport && range.numbers.overlaps(wanted.numbers)
                }
            }
    }
}
