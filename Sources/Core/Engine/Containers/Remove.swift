import Images
import Model
import State

extension Engine {
    /// Removes a container, with `force` even a running one.
    /// - Throws: `BerthError.conflict` for a running one without `force`.
    public func removeContainer(_ ref: String, force: Bool, removeVolumes: Bool, removeLink: Bool) async throws {
        let entry = try containers.find(ref)
        if removeLink {
            throw BerthError.notImplemented("removing a link")
        }
        try await remove(entry, force: force, removeVolumes: removeVolumes, reference: ref)
    }

    func remove(_ entry: ContainerEntry, force: Bool, removeVolumes: Bool, reference: String) async throws {
        try await entry.lock.withLock {
            if entry.body.withLock({ $0.isRemoved }) {
                throw BerthError.notFound("No such container: \(reference)")
            }
            let state = entry.record.state
            if state.isRunning || state.status == .starting {
                guard force else {
                    let what = state.status == .paused ? "paused" : "running"
                    let advice =
                        state.status == .paused
                        ? "Unpause and then stop the container before attempting removal or force remove"
                        : "Stop the container before attempting removal or force remove"
                    throw BerthError.conflict(
                        "You cannot remove a \(what) container \(entry.id). \(advice)")
                }
                try await self.killAndFinish(entry)
            }
            try await self.removeStopped(entry, removeVolumes: removeVolumes)
        }
    }

    /// With the container's lock held and its process gone.
    private func removeStopped(_ entry: ContainerEntry, removeVolumes: Bool) async throws {
        let record = entry.update { $0.state.status = .removing }
        try await database.mark(container: entry.id, phase: removeVolumes ? .removingWithVolumes : .removing)
        CrashPoint.pass(.removeMarked)
        await discard(paths.container(entry.id).kept)
        CrashPoint.pass(.removeLayer)
        for mount in record.mounts where mount.kind == .volume {
            if removeVolumes, mount.isAnonymous {
                try? await self.removeVolume(mount.name, force: true, user: entry.id)
            }
        }
        CrashPoint.pass(.removeVolumes)
        try await database.deleteContainer(id: entry.id)
        CrashPoint.pass(.removeWritten)
        containers.remove(entry, name: record.name)
        let pending = entry.body.withLock { body in
            body.isRemoved = true
            defer { body.attaching = [:] }
            return Array(body.attaching.values)
        }
        for attach in pending { attach.cancel() }
        execs.removeAll(of: entry.id)
        bus.publish(.container, "destroy", entry.id, Self.attributes(record, imageName: entry.imageName))
        entry.wake([.removed, .nextExit, .notRunning], statusCode: record.state.exitCode)
    }

    /// Removes all containers that do not run.
    public func pruneContainers(filters: Filters) async throws -> PruneResult {
        try filters.validate(accepted: ["until", "label", "label!"])
        let until = try filters["until"].last.map { try PruneTime.parse($0) }
        var result = PruneResult(removed: [])
        for entry in containers.all {
            let record = entry.record
            guard !record.state.isRunning, record.state.status != .starting, record.state.status != .removing else {
                continue
            }
            if let until, record.created >= until { continue }
            guard filters.matchesLabels(record.config.labels) else { continue }
            if !filters["label!"].isEmpty, filters.matchesLabels(record.config.labels, filter: "label!") { continue }
            let layer = writableLayer(of: entry.id)
            let size = try await blocking.run { layer.size() }
            do {
                try await remove(entry, force: false, removeVolumes: false, reference: entry.id)
            } catch let error as BerthError where error.code == .conflict || error.code == .notFound {
                continue
            }
            result.removed.append(entry.id)
            result.spaceReclaimed += size
        }
        return result
    }
}

/// The `until` of prune filters.
enum PruneTime {
    /// "24h", "10m30s", seconds since 1970, or RFC 3339 → nanoseconds since 1970.
    /// - Throws: `BerthError.invalid` naming the text.
    static func parse(_ text: String) throws -> Int64 {
        if let seconds = Double(text) { return Int64(seconds * 1e9) }
        if let time = Timestamp.nanoseconds(text) { return time }
        guard let duration = duration(text) else { throw BerthError.invalid("invalid filter 'until=\(text)'") }
        return Clock.now() - duration
    }

    /// "1h30m" in nanoseconds.
    private static func duration(_ text: String) -> Int64? {
        let units: [Character: Double] = ["h": 3600, "m": 60, "s": 1]
        var total = 0.0
        var number = ""
        guard !text.isEmpty else { return nil }
        for character in text {
            if character.isNumber || character == "." {
                number.append(character)
            } else {
                guard let unit = units[character], let value = Double(number) else { return nil }
                total += unit * value
                number = ""
            }
        }
        return number.isEmpty ? Int64(total * 1e9) : nil
    }
}
