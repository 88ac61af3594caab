import Images
import Model
import Spec

extension ContainerService {
    public func inspect(_ ref: String, size: Bool) async throws -> ContainerSnapshot {
        try await snapshot(try containers.find(ref), size: size)
    }

    func snapshot(_ entry: ContainerEntry, size: Bool) async throws -> ContainerSnapshot {
        let files = paths.container(entry.id)
        let layer = writableLayer(of: entry.id)
        let (record, spec, execIDs) = entry.body.withLock { ($0.record, $0.spec, $0.execs) }
        var shown = record
        shown.state = record.state.shown
        let lower = await layers(of: record.imageID)
        var snapshot = ContainerSnapshot(
            record: shown, imageName: entry.imageName, execIDs: execIDs,
            logPath: (try? spec.get().log.isOff) ?? false ? "" : files.log, resolvConfPath: files.resolvConf,
            hostnamePath: files.hostname, hostsPath: files.hosts,
            overlay: .init(lower: lower, upper: layer.upper, work: layer.work, merged: files.merged))
        if size {
            let store = store
            let (written, below) = try await blocking.runLong {
                (layer.size(), (try? store.size(of: record.imageID)) ?? 0)
            }
            snapshot.sizeRw = written
            snapshot.sizeRootFs = written.addingSaturated(below)
        }
        return snapshot
    }

    private func layers(of imageID: String) async -> [String] {
        let store = store
        if let known = store.knownLayerStack(of: imageID) { return known.absolute }
        return (try? await blocking.runLong { try store.layerStack(of: imageID).absolute }) ?? []
    }

    public func wait(_ ref: String, condition: WaitCondition) async throws -> ContainerWait {
        try containers.find(ref).wait(condition)
    }

    public func rename(_ ref: String, to newName: String) async throws {
        let entry = try containers.find(ref)
        let name = newName.hasPrefix("/") ? String(newName.dropFirst()) : newName
        guard !name.isEmpty else { throw BerthError.invalid("Neither old nor new names may be empty") }
        guard ObjectName.isValid(name) else {
            throw BerthError.invalid("Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        try await entry.lock.withLock {
            try entry.checkPresent(as: ref, toBe: "renamed")
            var record = entry.record
            let old = record.name
            guard old != name else {
                throw BerthError.invalid("Renaming a container with the same name as its current name")
            }
            try self.containers.reserve(name: name, for: entry.id)
            record.name = name
            await self.owed.settle()
            await self.owed.settle(of: OwedWork.name(name))
            do {
                try await self.database.update(record, phase: .settled)
            } catch {
                self.containers.release(name: name, of: entry.id)
                throw error
            }
            entry.update { $0.name = name }
            self.containers.release(name: old, of: entry.id)
            self.events.publish("rename", of: entry, ["oldName": "/" + old])
        }
    }
}
