import Images
import Model

extension Engine {
    public func volumes(filters: Filters) async throws -> (volumes: [VolumeRecord], warnings: [String]) {
        try filters.validate(accepted: ["dangling", "driver", "label", "name"])
        for value in filters["dangling"] where Self.flag(value) == nil {
            throw BerthError.invalid("invalid filter 'dangling=\(value)'")
        }
        let used = usedVolumes()
        let names = filters["name"].map(NamePattern.init)
        let known = volumes.all
        let knownNames = Set(known.map(\.name))
        let remote = await remoteVolumes()
        let matching = (known + remote.volumes.filter { !knownNames.contains($0.name) }).filter { record in
            func any(_ name: String, _ holds: (String) -> Bool) -> Bool {
                filters[name].isEmpty || filters[name].contains(where: holds)
            }
            return any("driver") { $0 == record.driver }
                && (names.isEmpty || names.contains { $0.matches(record.name) })
                && any("dangling") { Self.flag($0) == (used[record.name] == nil) }
                && filters.matchesLabels(record.labels)
        }
        return (matching.sorted { $0.name < $1.name }, remote.warnings)
    }

    public func inspectVolume(_ name: String) async throws -> VolumeRecord {
        if let record = volumes[name] { return record }
        guard let found = await remoteVolume(name) else { throw BerthError.notFound("get \(name): no such volume") }
        return found
    }

    /// Removes volumes that no container has: anonymous ones, with the filter `all` named ones too.
    public func pruneVolumes(filters: Filters) async throws -> PruneResult {
        try filters.validate(accepted: ["label", "label!", "all"])
        let all = filters["all"].contains { Self.flag($0) == true }
        let used = usedVolumes()
        var result = PruneResult(removed: [])
        for record in volumes.all.sorted(by: { $0.name < $1.name }) where used[record.name] == nil {
            guard all || record.isAnonymous, filters.matchesLabels(record.labels) else { continue }
            if !filters["label!"].isEmpty, filters.matchesLabels(record.labels, filter: "label!") { continue }
            let size = try await size(of: record)
            guard (try? await removeVolume(record.name, force: false)) != nil else { continue }
            result.removed.append(record.name)
            result.spaceReclaimed = result.spaceReclaimed.addingSaturated(size)
        }
        publishPrune(.volume, reclaimed: result.spaceReclaimed)
        return result
    }

    /// Volume name → number of containers that have it, also those whose create is under way.
    func usedVolumes() -> [String: Int] {
        var used: [String: Int] = [:]
        for record in containers.usingRecords {
            for name in Set(record.mounts.filter { $0.kind == .volume }.map(\.name)) {
                used[name, default: 0] += 1
            }
        }
        return used
    }

    /// Bytes on disk below a volume's mount point.
    func size(of record: VolumeRecord) async throws -> Int64 {
        let path = record.mountpoint
        guard !path.isEmpty else { return 0 }
        return try await blocking.runLong { TreeSize.bytes(below: path) }
    }
}
