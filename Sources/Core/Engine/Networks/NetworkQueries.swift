import Model

extension Engine {
    public func networks(filters: Filters) async throws -> [NetworkSnapshot] {
        try filters.validate(accepted: ["dangling", "driver", "id", "label", "name", "scope", "type"])
        for value in filters["type"] where value != "custom" && value != "builtin" {
            throw BerthError.invalid("invalid filter: 'type'='\(value)'")
        }
        for value in filters["dangling"] where Self.flag(value) == nil {
            throw BerthError.invalid("invalid filter 'dangling=\(value)'")
        }
        let names = filters["name"].map(NamePattern.init)
        return networks.all.filter { entry in
            let record = entry.record
            func any(_ name: String, _ holds: (String) -> Bool) -> Bool {
                filters[name].isEmpty || filters[name].contains(where: holds)
            }
            return record.isReady && any("driver") { $0 == record.driver } && any("id") { record.id.hasPrefix($0) }
                && (names.isEmpty || names.contains { $0.matches(record.name) }) && any("scope") { $0 == record.scope }
                && any("type") { ($0 == "builtin") == record.isPredefined }
                && any("dangling") { Self.flag($0) == (entry.containerIDs.isEmpty && !record.isPredefined) }
                && filters.matchesLabels(record.labels)
        }.sorted { $0.record.created < $1.record.created }.map(snapshot)
    }

    public func inspectNetwork(_ ref: String) async throws -> NetworkSnapshot {
        let entry = try networks.find(ref)
        guard entry.record.isReady else { throw BerthError.notFound("network \(ref) not found") }
        return snapshot(entry)
    }

    /// "1", "true", "0", "false" and their like.
    static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "1", "t", "true": true
        case "0", "f", "false": false
        default: nil
        }
    }

    func snapshot(_ entry: NetworkEntry) -> NetworkSnapshot {
        let members = entry.containerIDs.sorted().compactMap { id -> NetworkSnapshot.Member? in
            guard let container = containers[id] else { return nil }
            return container.body.withLock { body in
                guard let endpoint = body.endpoints.first(where: { $0.networkID == entry.id }) else { return nil }
                return NetworkSnapshot.Member(
                    containerID: id, name: body.record.name, endpointID: endpoint.id, macAddress: endpoint.macAddress,
                    ipv4Address: endpoint.address)
            }
        }
        return NetworkSnapshot(record: entry.record, members: members)
    }
}
