import Model

extension NetworkService {
    public func list(filters: Filters) async throws -> [NetworkSnapshot] {
        try filters.validate(accepted: ["dangling", "driver", "id", "label", "name", "scope", "type"])
        for value in filters["type"] where value != "custom" && value != "builtin" {
            throw BerthError.invalid("invalid filter: 'type'='\(value)'")
        }
        let dangling = try filters.flags("dangling")
        let names = filters["name"].map(NamePattern.init)
        return table.all.filter { entry in
            let record = entry.record
            let isDangling = entry.containerIDs.isEmpty && !record.isPredefined
            return record.isReady && filters.any("driver") { $0 == record.driver }
                && filters.any("id") { record.id.hasPrefix($0) }
                && (names.isEmpty || names.contains { $0.matches(record.name) })
                && filters.any("scope") { $0 == record.scope }
                && filters.any("type") { ($0 == "builtin") == record.isPredefined }
                && (dangling.isEmpty || dangling.contains(isDangling))
                && filters.matchesLabels(record.labels)
        }.sorted { $0.record.created < $1.record.created }.map(snapshot)
    }

    public func inspect(_ ref: String) async throws -> NetworkSnapshot {
        let entry = try table.find(ref)
        guard entry.record.isReady else { throw BerthError.notFound("network \(ref) not found") }
        return snapshot(entry)
    }

    func snapshot(_ entry: NetworkEntry) -> NetworkSnapshot {
        let members = entry.containerIDs.sorted().compactMap { usage.member($0, of: entry.id) }
        return NetworkSnapshot(record: entry.record, members: members)
    }
}
