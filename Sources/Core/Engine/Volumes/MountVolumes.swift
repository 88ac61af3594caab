import Images
import Model
import PluginProtocol

/// What a container's create has found or made for one of its mounts.
struct PreparedMount: Sendable {
    /// The driver that has it; "" for none.
    var driver: String
    /// The host's path, if it is known already.
    var source: String
    /// A volume that was made for it.
    var isNew: Bool
}

extension VolumeService {
    /// Sees at create time that what a mount needs is there, and makes a volume that is not.
    /// - Parameter options: what a client says of a volume that is made for it.
    func prepare(_ mount: ContainerMount, options: MountPoint.VolumeOptions?) async throws -> PreparedMount {
        switch mount.kind {
        case .tmpfs: return PreparedMount(driver: "", source: "", isNew: false)
        case .bind:
            if mount.createsSource {
                _ = try await drivers.call(
                    .volume, mount.driver, .createVolume,
                    CreateVolumeRequest(name: mount.source, options: ["create": "true"]))
            }
            do {
                _ = try await drivers.call(.volume, mount.driver, .volumePath, VolumeRequest(name: mount.source))
            } catch let error as BerthError where error.code == .invalidParameter || error.code == .notFound {
                throw BerthError.invalid("invalid mount config for type \"bind\": \(error.message)")
            }
            return PreparedMount(driver: mount.driver, source: mount.source, isNew: false)
        case .volume:
            var wanted = VolumeRecord(name: mount.name, driver: mount.driver, created: Clock.now())
            wanted.labels = options?.labels ?? [:]
            wanted.options = options?.driverConfig?.options ?? [:]
            wanted.isAnonymous = mount.isAnonymous
            let made = try await make(wanted)
            return PreparedMount(driver: made.record.driver, source: made.record.mountpoint, isNew: made.isNew)
        }
    }

    /// Has the drivers mount a container's volumes, and fills a volume that is empty with what the image has there.
    /// - Parameter upper: the directory of the container's writable layer, whose names go before the image's.
    func mount(_ record: inout ContainerRecord, upper: String, _ undo: inout Undo) async throws {
        for index in record.mounts.indices where record.mounts[index].kind != .tmpfs {
            let mount = record.mounts[index]
            let request = MountVolumeRequest(name: Self.driverName(mount), id: record.id)
            let reply = try await mountAtDriver(mount, request)
            undo.push { await self.unmount(mount, of: request.id) }
            record.mounts[index].source = reply.mountpoint
            if mount.kind == .volume {
                events.publish("mount", of: mount, in: record.id)
                if mount.copiesUp { try await fill(mount, at: reply.mountpoint, image: record.imageID, upper: upper) }
            }
        }
    }

    /// Has a volume's driver mount it. One that its driver has no more, as somebody has removed it behind the daemon's
    /// back, is made again with its options.
    private func mountAtDriver(_ mount: ContainerMount, _ request: MountVolumeRequest) async throws -> MountpointReply {
        let mountOnce = {
            try await self.drivers.call(.volume, mount.driver, .mountVolume, request) { _ in
                Task { await self.undoLateMount(of: mount.driver, request) }
            }
        }
        do {
            return try await mountOnce()
        } catch let error as BerthError where error.code == .notFound && mount.kind == .volume {
            try await table.locks.withLock(mount.name) {
                guard let record = self.table[mount.name], record.driver == mount.driver else { throw error }
                self.logger.warning("volume \(mount.name): \(error.message); it is made again, and empty")
                _ = try await self.drivers.call(
                    .volume, record.driver, .createVolume,
                    CreateVolumeRequest(name: record.name, options: record.options))
            }
            return try await mountOnce()
        }
    }

    /// Copies what the image has at the mount's destination into a volume that is empty. Containers that start with the
    /// same volume wait until it is complete.
    private func fill(
        _ mount: ContainerMount, at mountpoint: String, image imageID: String, upper: String
    ) async throws {
        let store = store
        let path = mount.destination
        let target = FillTarget(volume: mount.name, path: mountpoint)
        try await table.locks.withLock(mount.name) {
            let isDue = try await self.blocking.run {
                try store.mayCopyUp(layers: store.layerStack(of: imageID), upper: upper, path: path, to: target)
            }
            guard isDue else { return }
            _ = try await self.blocking.runLong {
                try store.copyUp(
                    layers: store.layerStack(of: imageID), upper: upper, path: path, to: target,
                    onStep: { CrashPoint.pass($0.crashPoint) })
            }
        }
    }

    /// The driver has mounted a volume after it was given up. It stays when the container has come to run meanwhile.
    private func undoLateMount(of driver: String, _ request: MountVolumeRequest) async {
        try? await usage.unlessRunning(request.id) {
            _ = try await self.drivers.call(.volume, driver, .unmountVolume, request)
        }
    }

    func unmount(_ record: ContainerRecord) async {
        for mount in record.mounts.reversed() where mount.kind != .tmpfs && !mount.driver.isEmpty {
            await unmount(mount, of: record.id)
        }
    }

    /// Has a driver unmount a volume. What it fails to do is tried again, for as long as the container does not run.
    private func unmount(_ mount: ContainerMount, of id: String) async {
        let request = MountVolumeRequest(name: Self.driverName(mount), id: id)
        let work: @Sendable () async throws -> Void = {
            _ = try await self.drivers.call(.volume, mount.driver, .unmountVolume, request)
            if mount.kind == .volume {
                self.events.publish("unmount", of: mount, in: id)
            }
        }
        do {
            try await work()
        } catch {
            let key = "container \(id.prefix(12)): unmount volume at \(mount.destination)"
            owed.oweBehind(key, tries: 5, after: error) {
                try await self.usage.unlessRunning(id, work)
            }
        }
    }

    /// The bind driver's volumes are named by their path.
    static func driverName(_ mount: ContainerMount) -> String {
        mount.kind == .bind ? mount.source : mount.name
    }

    /// Mounts the volumes of a running container once more: drivers may have lost who uses them.
    func remount(_ record: ContainerRecord) async {
        for mount in record.mounts where mount.kind == .volume {
            _ = try? await drivers.call(
                .volume, mount.driver, .mountVolume,
                MountVolumeRequest(name: Self.driverName(mount), id: record.id))
        }
    }
}

extension FillStep {
    fileprivate var crashPoint: CrashPoint {
        switch self {
        case .begun: .volumeFillBegun
        case .complete: .volumeFillComplete
        case .moved: .volumeFillMoved
        }
    }
}
