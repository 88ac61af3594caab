import Images
import Model
import State

extension Engine {
    /// Makes a container: everything is checked before anything is changed, and undone when a step fails.
    /// - Throws: `BerthError`: `.invalidParameter` for a bad configuration, `.notFound` for an unknown image or
    ///   container it refers to, `.conflict` for a name that is taken.
    public func createContainer(_ spec: ContainerSpec) async throws -> CreatedContainer {
        if let name = spec.name, !Identifier.isName(name.hasPrefix("/") ? String(name.dropFirst()) : name) {
            throw BerthError.invalid(
                "Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        guard !spec.config.image.isEmpty else { throw BerthError.invalid("no command specified") }
        let image = try findImage(spec.config.image)
        var config = spec.config
        config.fill(from: image.config)
        var hostConfig = spec.hostConfig
        Self.fillDefaults(&hostConfig)
        var warnings = try ContainerCheck.check(config, hostConfig)
        warnings += try runtime.check(config: config, hostConfig: hostConfig)
        guard !config.commandLine.isEmpty else { throw BerthError.invalid("no command specified") }
        let mounts = try MountSpecs.resolve(config: config, hostConfig: hostConfig) { name in
            try containers.find(name).record.mounts
        }
        let networks = try initialNetworks(config: config, hostConfig: hostConfig, networking: spec.networking)

        let id = Identifier.random()
        var record = ContainerRecord(
            id: id, name: try reserveName(spec.name, for: id), created: Clock.now(), imageID: image.id, config: config,
            hostConfig: hostConfig)
        if record.config.hostname.isEmpty, hostConfig.networkMode != "host", hostConfig.utsMode != "host" {
            record.config.hostname = String(id.prefix(12))
        }
        record.path = config.commandLine[0]
        record.args = Array(config.commandLine.dropFirst())
        record.networks = networks
        record.mounts = mounts.map { mount in
            var mount = mount
            if mount.kind == .volume, mount.name.isEmpty { mount.name = Identifier.random() }
            return mount
        }
        do {
            try await make(record, imageName: spec.config.image, image: image)
        } catch {
            containers.release(name: record.name, of: id)
            throw error
        }
        return CreatedContainer(id: id, warnings: warnings)
    }

    private func make(_ planned: ContainerRecord, imageName: String, image: ImageRecord) async throws {
        var record = planned
        let id = record.id
        let files = paths.container(id)
        var undo = Undo()
        do {
            try await database.insert(StoredContainer(record: record, imageName: imageName, phase: .creating))
            undo.push { try? await self.database.deleteContainer(id: id) }
            CrashPoint.pass(.createWritten)

            for index in record.mounts.indices where record.mounts[index].kind != .tmpfs {
                let mount = record.mounts[index]
                let made = try await prepareVolume(mount, labels: record.hostConfig.volumeLabels(for: mount))
                if made.isNew {
                    undo.push { try? await self.removeVolume(mount.name, force: true) }
                }
                record.mounts[index].source = made.source
            }
            CrashPoint.pass(.createVolumes)

            let layer = ContainerLayer(root: files.kept)
            let store = imageStore
            try await blocking.run {
                try layer.create(over: store.layerStack(of: image.id))
            }
            undo.push { await self.discard(files.kept) }
            CrashPoint.pass(.createLayer)

            try await database.update(record, phase: .settled)
        } catch {
            await undo.run()
            throw error
        }
        CrashPoint.pass(.createSettled)
        containers.add(ContainerEntry(record: record, imageName: imageName), name: record.name)
        bus.publish(.container, "create", id, Self.attributes(record, imageName: imageName))
    }

    /// Moves a tree into the trash; what cannot be moved is logged, never an error.
    func discard(_ path: String) async {
        let trash = trash
        do {
            try await blocking.run { try trash.discard(path) }
        } catch {
            logger.error("discard `\(path)`: \(error)")
        }
    }

    private func reserveName(_ wanted: String?, for id: String) throws -> String {
        if let wanted {
            let name = wanted.hasPrefix("/") ? String(wanted.dropFirst()) : wanted
            try containers.reserve(name: name, for: id)
            return name
        }
        for attempt in 0..<20 {
            let name = GeneratedName.random(attempt: attempt)
            if (try? containers.reserve(name: name, for: id)) != nil { return name }
        }
        let name = String(id.prefix(12))
        try containers.reserve(name: name, for: id)
        return name
    }

    static func fillDefaults(_ host: inout HostConfig) {
        if host.logConfig == nil || host.logConfig?.type == "" {
            host.logConfig = LogConfig(type: "json-file", config: host.logConfig?.config ?? [:])
        }
        if host.networkMode.isEmpty { host.networkMode = "default" }
        if host.shmSize == 0 { host.shmSize = 64 * 1024 * 1024 }
        if host.restartPolicy == nil || host.restartPolicy?.name == "" {
            host.restartPolicy = RestartPolicy()
        }
        if host.ipcMode.isEmpty { host.ipcMode = "private" }
        if host.cgroupnsMode.isEmpty { host.cgroupnsMode = host.privileged ? "host" : "private" }
        if host.memory > 0, host.memorySwap == 0 { host.memorySwap = host.memory * 2 }
        if host.pidsLimit == 0 { host.pidsLimit = nil }
        if host.memorySwappiness == -1 { host.memorySwappiness = nil }
        if host.privileged {
            host.maskedPaths = []
            host.readonlyPaths = []
        }
    }

    /// What an event says of a container.
    static func attributes(_ record: ContainerRecord, imageName: String) -> [String: String] {
        record.config.labels.merging(["name": record.name, "image": imageName]) { _, own in own }
    }
}

extension HostConfig {
    /// The labels that `--mount type=volume,volume-label=…` gives a volume that is made for it.
    func volumeLabels(for mount: ContainerMount) -> [String: String] {
        mounts?.first { $0.target == mount.destination }?.volumeOptions?.labels ?? [:]
    }
}
