import Model
import PluginProtocol
import Spec

extension VolumeService {
    /// Makes a volume, or gives the one that is there.
    /// - Parameter driver: "" for the driver of the one that is there, else for `local`.
    /// - Throws: `BerthError`: `.invalidParameter` for a bad name or option, `.notFound` for an unknown driver,
    ///   `.conflict` for a name that another driver's volume has, or one with other options.
    public func create(
        name: String, driver: String, options: [String: String], labels: [String: String]
    ) async throws -> VolumeRecord {
        let isAnonymous = name.isEmpty
        let name = isAnonymous ? Identifier.random() : name
        try VolumeName.check(name)
        var wanted = VolumeRecord(name: name, driver: driver, created: Clock.now())
        wanted.isAnonymous = isAnonymous
        wanted.options = options
        wanted.labels = labels
        return try await make(wanted).record
    }

    /// What Docker marks volumes without a name with.
    static let anonymousLabel = "com.docker.volume.anonymous"

    /// Makes a volume unless there is one of its name.
    /// - Parameter wanted: its driver may be "".
    func make(_ wanted: VolumeRecord) async throws -> (record: VolumeRecord, isNew: Bool) {
        try await table.locks.withLock(wanted.name) {
            if let existing = self.table[wanted.name] {
                guard wanted.driver.isEmpty || wanted.driver == existing.driver else {
                    throw BerthError.conflict(
                        "create \(wanted.name): driver '\(existing.driver)' already has volume '\(wanted.name)': "
                            + "volume name must be unique")
                }
                guard wanted.options.isEmpty || wanted.options == existing.options else {
                    throw BerthError.conflict(
                        "create \(wanted.name): volume '\(wanted.name)' already exists with other options")
                }
                return (existing, false)
            }
            var record = wanted
            if record.driver.isEmpty, !record.isAnonymous, let found = await self.remoteVolume(record.name) {
                record.driver = found.driver
            }
            if record.driver.isEmpty { record.driver = DriverDefaults.volume }
            if record.isAnonymous { record.labels[Self.anonymousLabel] = "" }
            let isNew = try await self.makeRecord(&record)
            self.table[record.name] = record
            self.events.publish("create", ofVolume: record.name, driver: record.driver)
            return (record, isNew)
        }
    }

    /// With the volume's lock held. Its row is not ready until the driver has made it, and as long as the driver may have
    /// anything of it.
    /// - Returns: false for one that the driver had already: it is taken as it is.
    private func makeRecord(_ record: inout VolumeRecord) async throws -> Bool {
        let (name, driver) = (record.name, record.driver)
        // Why one is refused is said too.
        try drivers.require(.volume, driver) { "error looking up volume plugin \(driver): \($0)" }
        if !record.isAnonymous, !table.isAbandoned(name), try await remoteVolume(name, driver: driver) != nil {
            record.mountpoint = try await drivers.call(.volume, driver, .volumePath, VolumeRequest(name: name))
                .mountpoint
            record.scope = await drivers.scope(ofVolumeDriver: driver)
            try await database.insert(record, ready: true)
            return false
        }
        try await database.insert(record, ready: false)
        CrashPoint.pass(.volumeWritten)
        do {
            _ = try await drivers.call(
                .volume, driver, .createVolume, CreateVolumeRequest(name: name, options: record.options)
            ) { _ in
                Task { await self.undoLateCreation(of: name, driver: driver) }
            }
        } catch {
            await forgetRecord(of: name)
            throw error
        }
        CrashPoint.pass(.volumeMade)
        do {
            record.mountpoint = try await drivers.call(.volume, driver, .volumePath, VolumeRequest(name: name))
                .mountpoint
            record.scope = await drivers.scope(ofVolumeDriver: driver)
            try await database.update(record, ready: true)
            table.setAbandoned(name, false)
            return true
        } catch {
            await removeForgotten(record)
            throw error
        }
    }

    /// The driver has made a volume after it was given up. It stays when it has been asked for again meanwhile.
    private func undoLateCreation(of name: String, driver: String) async {
        await table.locks.withLock(name) {
            guard self.table[name] == nil else { return }
            _ = try? await self.drivers.call(.volume, driver, .removeVolume, VolumeRequest(name: name))
        }
    }
}
