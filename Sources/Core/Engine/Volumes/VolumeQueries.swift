import Images
import Model

extension VolumeService {
    public func list(filters: Filters) async throws -> (volumes: [VolumeRecord], warnings: [String]) {
        try filters.validate(accepted: ["dangling", "driver", "label", "name"])
        let dangling = try filters.flags("dangling")
        let used = usage.volumes
        let names = filters["name"].map(NamePattern.init)
        let known = table.all
        let knownNames = Set(known.map(\.name))
        let remote = await remoteVolumes()
        let matching = (known + remote.volumes.filter { !knownNames.contains($0.name) }).filter { record in
            filters.any("driver") { $0 == record.driver }
                && (names.isEmpty || names.contains { $0.matches(record.name) })
                && (dangling.isEmpty || dangling.contains(used[record.name] == nil))
                && filters.matchesLabels(record.labels)
        }
        return (matching.sorted { $0.name < $1.name }, remote.warnings)
    }

    public func inspect(_ name: String) async throws -> VolumeRecord {
        if let record = table[name] { return record }
        guard let found = await remoteVolume(name) else { throw BerthError.notFound("get \(name): no such volume") }
        return found
    }

    /// Removes volumes that no container has: anonymous ones, with the filter `all` named ones too.
    public func prune(filters: Filters) async throws -> PruneResult {
        let filter = try PruneFilter(filters, accepting: ["all"])
        let all = filters["all"].contains { Filters.flag($0) == true }
        let used = usage.volumes
        var result = PruneResult(removed: [])
        for record in table.all.sorted(by: { $0.name < $1.name }) where used[record.name] == nil {
            guard all || record.isAnonymous, filter.takes(created: record.created, labels: record.labels) else {
                continue
            }
            let size = try await size(of: record)
            guard (try? await remove(record.name, force: false)) != nil else { continue }
            result.removed.append(record.name)
            result.spaceReclaimed = result.spaceReclaimed.addingSaturated(size)
        }
        events.publishPrune(of: .volume, reclaimed: result.spaceReclaimed)
        return result
    }

    /// Bytes on disk below a volume's mount point.
    func size(of record: VolumeRecord) async throws -> Int64 {
        let path = record.mountpoint
        guard !path.isEmpty else { return 0 }
        return try await blocking.runLong { TreeSize.bytes(below: path) }
    }
}
