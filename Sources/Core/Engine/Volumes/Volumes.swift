import Images
import Model
import PluginProtocol

extension Engine {
    /// Makes a volume, or gives the one that is there with the same driver.
    /// - Throws: `BerthError`: `.invalidParameter` for a bad name or option, `.notFound` for an unknown driver,
    ///   `.conflict` for a name that another driver's volume has.
    public func createVolume(
        name: String, driver: String, options: [String: String], labels: [String: String]
    ) async throws -> VolumeRecord {
        let driver = driver.isEmpty ? "local" : driver
        let name = name.isEmpty ? Identifier.random() : name
        try Self.checkVolumeName(name)
        return try await makeVolume(
            name: name, driver: driver, options: options, labels: labels, isAnonymous: false
        ).record
    }

    static func checkVolumeName(_ name: String) throws {
        guard Identifier.isName(name) else {
            throw BerthError.invalid(
                "create \(name): \"\(name)\" includes invalid characters for a local volume name, only "
                    + "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use "
                    + "absolute path")
        }
    }

    private func makeVolume(
        name: String, driver: String, options: [String: String], labels: [String: String], isAnonymous: Bool
    ) async throws -> (record: VolumeRecord, isNew: Bool) {
        let table = volumes
        return try await table.lock.withLock {
            if let existing = table[name] {
                guard existing.driver == driver else {
                    throw BerthError.conflict(
                        "a volume with the name \(name) already exists with driver \(existing.driver)")
                }
                return (existing, false)
            }
            var record = VolumeRecord(name: name, driver: driver, created: Clock.now())
            record.options = options
            record.labels = labels
            record.isAnonymous = isAnonymous
            var undo = Undo()
            do {
                try self.requireVolumeDriver(driver)
                try await self.database.insert(record, ready: false)
                undo.push { try? await self.database.deleteVolume(name: name) }
                CrashPoint.pass(.volumeWritten)
                _ = try await self.call(
                    .volume, driver, .createVolume, CreateVolumeRequest(name: name, options: options))
                undo.push { _ = try? await self.call(.volume, driver, .removeVolume, VolumeRequest(name: name)) }
                CrashPoint.pass(.volumeMade)
                record.mountpoint = try await self.call(.volume, driver, .volumePath, VolumeRequest(name: name))
                    .mountpoint
                try await self.database.update(record, ready: true)
            } catch {
                await undo.run()
                throw error
            }
            table[name] = record
            self.bus.publish(.volume, "create", name, ["driver": driver])
            return (record, true)
        }
    }

    private func requireVolumeDriver(_ name: String) throws {
        do {
            _ = try drivers.driver(kind: .volume, name: name)
        } catch {
            throw BerthError.notFound("error looking up volume plugin \(name): plugin \"\(name)\" not found")
        }
    }

    // MARK: For containers

    /// Sees at create time that what a mount needs is there, and makes a volume that is not.
    func prepareVolume(_ mount: ContainerMount, labels: [String: String]) async throws -> (source: String, isNew: Bool)
    {
        switch mount.kind {
        case .tmpfs: return ("", false)
        case .bind:
            if mount.createsSource {
                _ = try await call(
                    .volume, mount.driver, .createVolume,
                    CreateVolumeRequest(name: mount.source, options: ["create": "true"]))
            }
            do {
                _ = try await call(.volume, mount.driver, .volumePath, VolumeRequest(name: mount.source))
            } catch let error as BerthError where error.code == .invalidParameter || error.code == .notFound {
                throw BerthError.invalid("invalid mount config for type \"bind\": \(error.message)")
            }
            return (mount.source, false)
        case .volume:
            let made = try await makeVolume(
                name: mount.name, driver: mount.driver, options: [:], labels: labels, isAnonymous: mount.isAnonymous)
            return (made.record.mountpoint, made.isNew)
        }
    }

    /// Has the drivers mount a container's volumes, and fills a volume that is empty with what the image has there.
    func mountVolumes(_ record: inout ContainerRecord, _ undo: inout Undo) async throws {
        for index in record.mounts.indices where record.mounts[index].kind != .tmpfs {
            let mount = record.mounts[index]
            let request = MountVolumeRequest(name: Self.driverName(mount), id: record.id)
            let reply = try await call(.volume, mount.driver, .mountVolume, request)
            undo.push { _ = try? await self.call(.volume, mount.driver, .unmountVolume, request) }
            record.mounts[index].source = reply.mountpoint
            if mount.kind == .volume {
                bus.publish(
                    .volume, "mount", mount.name,
                    [
                        "container": record.id, "driver": mount.driver, "destination": mount.destination,
                        "read/write": String(mount.isReadWrite), "propagation": mount.propagation,
                    ])
            }
            guard mount.copiesUp, mount.kind == .volume else { continue }
            let store = imageStore
            let imageID = record.imageID
            let upper = writableLayer(of: record.id).upper
            _ = try await blocking.run {
                try store.copyUp(
                    layers: store.layerStack(of: imageID), upper: upper, path: mount.destination, to: reply.mountpoint)
            }
        }
    }

    func unmountVolumes(_ record: ContainerRecord) async {
        for mount in record.mounts.reversed() where mount.kind != .tmpfs {
            do {
                _ = try await call(
                    .volume, mount.driver, .unmountVolume,
                    MountVolumeRequest(name: Self.driverName(mount), id: record.id))
                if mount.kind == .volume {
                    bus.publish(.volume, "unmount", mount.name, ["container": record.id, "driver": mount.driver])
                }
            } catch {
                logger.warning("container \(record.id.prefix(12)): unmount volume at \(mount.destination): \(error)")
            }
        }
    }

    /// The bind driver's volumes are named by their path.
    private static func driverName(_ mount: ContainerMount) -> String {
        mount.kind == .bind ? mount.source : mount.name
    }

    func writableLayer(of id: String) -> ContainerLayer {
        ContainerLayer(root: paths.container(id).kept)
    }

    // MARK: Removing

    /// - Throws: `BerthError.conflict` with Docker's text for a volume that a container has.
    public func removeVolume(_ name: String, force: Bool) async throws {
        try await removeVolume(name, force: force, user: nil)
    }

    /// - Parameter user: a container that is going, and does not count.
    func removeVolume(_ name: String, force: Bool, user: String?) async throws {
        let table = volumes
        try await table.lock.withLock {
            guard let record = table[name] else {
                if force { return }
                throw BerthError.notFound("get \(name): no such volume")
            }
            let users = self.users(ofVolume: name).filter { $0 != user }
            guard users.isEmpty else {
                throw BerthError.conflict(
                    "remove \(name): volume is in use - [\(users.sorted().joined(separator: ", "))]")
            }
            try await self.database.update(record, ready: false)
            do {
                _ = try await self.call(.volume, record.driver, .removeVolume, VolumeRequest(name: name))
            } catch {
                if !force {
                    try? await self.database.update(record, ready: true)
                    throw error
                }
                self.logger.warning("remove volume \(name): \(error)")
            }
            try await self.database.deleteVolume(name: name)
            table[name] = nil
            self.bus.publish(.volume, "destroy", name, ["driver": record.driver])
        }
    }

    private func users(ofVolume name: String) -> [String] {
        containers.all.filter { entry in
            entry.record.mounts.contains { $0.kind == .volume && $0.name == name }
        }.map(\.id)
    }
}
