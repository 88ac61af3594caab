import Images
import Model
import Runtime
import State

extension Engine {
    /// Makes a container: everything is checked before anything is changed, and undone when a step fails.
    ///
    /// To a client a 404 means that the image is not there, and the docker command pulls it then: nothing else is
    /// answered so, whatever it is that was not found.
    /// - Throws: `BerthError`: `.invalidParameter` for a bad configuration or something it refers to that is not there,
    ///   `.notFound` for an unknown image alone, `.conflict` for a name that is taken.
    public func createContainer(_ spec: ContainerSpec) async throws -> CreatedContainer {
        let name = spec.name.flatMap { $0.isEmpty ? nil : $0 }
        if let name, !Identifier.isName(name.hasPrefix("/") ? String(name.dropFirst()) : name) {
            throw BerthError.invalid(
                "Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        guard !spec.config.image.isEmpty else { throw BerthError.invalid("no command specified") }
        try ContainerCheck.checkNetworkMode(spec.config, spec.hostConfig)
        let image = try images.find(spec.config.image)
        let warnings = try image.checkPlatform(spec.platform, reference: spec.config.image)
        do {
            let made = try await createContainer(spec, name: name, image: image)
            return CreatedContainer(id: made.id, warnings: warnings + made.warnings)
        } catch let error as BerthError where error.code == .notFound && images[image.id] != nil {
            throw BerthError.invalid(error.message)
        }
    }

    private func createContainer(
        _ spec: ContainerSpec, name: String?, image: ImageRecord
    ) async throws -> CreatedContainer {
        var config = spec.config
        config.fill(from: image.config)
        var hostConfig = spec.hostConfig
        Self.fillDefaults(&hostConfig, cgroups: runtime.layout.version)
        var warnings = try ContainerCheck.check(config, hostConfig)
        warnings += try runtime.check(config: config, hostConfig: hostConfig)
        guard !config.commandLine.isEmpty else { throw BerthError.invalid("no command specified") }
        pinContainerModes(&hostConfig)
        let mounts = try MountSpecs.resolve(
            config: config, hostConfig: hostConfig, readOnlyNonRecursive: spec.readOnlyNonRecursive
        ) { name in
            try containers.find(name).record.mounts
        }
        let asked = try networks.initial(config: config, hostConfig: hostConfig, networking: spec.networking)

        let id = Identifier.random()
        var record = ContainerRecord(
            id: id, name: try reserveName(name, for: id), created: Clock.now(), imageID: image.id, config: config,
            hostConfig: hostConfig)
        if record.config.hostname.isEmpty {
            let isHosts = hostConfig.networkMode == "host" || hostConfig.utsMode == "host"
            record.config.hostname = isHosts ? IdentityFiles.hostName() : String(id.prefix(12))
        }
        record.path = config.commandLine[0]
        record.args = Array(config.commandLine.dropFirst())
        record.networks = asked
        record.mounts = mounts.map { mount in
            var mount = mount
            if mount.kind == .volume, mount.name.isEmpty { mount.name = Identifier.random() }
            return mount
        }
        containers.reserve(record)
        do {
            // Counted as used from here on, it cannot go any more; it may have gone before that.
            guard images[image.id] != nil else { throw BerthError.notFound("No such image: \(spec.config.image)") }
            try await make(record, imageName: spec.config.image, image: image)
        } catch {
            containers.abandon(record)
            throw error
        }
        return CreatedContainer(id: id, warnings: warnings)
    }

    private func make(_ planned: ContainerRecord, imageName: String, image: ImageRecord) async throws {
        var record = planned
        let id = record.id
        let files = paths.container(id)
        var undo = Undo()
        // One that is gone may still have its name.
        await owed.settle()
        await owed.settle(of: OwedWork.name(record.name))
        do {
            try await database.insert(StoredContainer(record: record, imageName: imageName, phase: .creating))
            undo.push {
                await self.owed.surely("container \(id.prefix(12)): forget it") {
                    try await self.database.deleteContainer(id: id)
                }
            }
            CrashPoint.pass(.createWritten)

            for index in record.mounts.indices where record.mounts[index].kind != .tmpfs {
                let mount = record.mounts[index]
                let made = try await volumes.prepare(mount, options: record.hostConfig.volumeOptions(for: mount))
                if made.isNew {
                    undo.push { await self.volumes.dropNew(mount.name, user: id) }
                }
                record.mounts[index].driver = made.driver
                record.mounts[index].source = made.source
            }
            CrashPoint.pass(.createVolumes)

            let layer = ContainerLayer(root: files.kept)
            let store = imageStore
            let stored = StoredContainer(record: record, imageName: imageName, phase: .settled)
            try await blocking.run {
                try layer.create(over: store.layerStack(of: image.id))
                do {
                    try self.database.keep(stored)
                } catch {
                    try? self.trash.discard(files.kept)
                    throw error
                }
            }
            undo.push { await self.discard(files.kept) }
            CrashPoint.pass(.createLayer)

            try await database.update(record, phase: .settled)
        } catch {
            await undo.run()
            throw error
        }
        CrashPoint.pass(.createSettled)
        let entry = ContainerEntry(record: record, imageName: imageName)
        containers.add(entry, name: record.name)
        events.publish("create", of: entry)
    }

    /// Moves a tree into the trash; what cannot be moved is logged, never an error.
    func discard(_ path: String) async {
        let trash = trash
        do {
            // A directory may need a block for the new entry.
            try await database.reserve.used { try await blocking.run { try trash.discard(path) } }
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

    static func fillDefaults(_ host: inout HostConfig, cgroups: CgroupLayout.Version) {
        if host.logConfig == nil || host.logConfig?.type == "" {
            host.logConfig = LogConfig(type: "json-file", config: host.logConfig?.config ?? [:])
        }
        if host.networkMode.isEmpty { host.networkMode = "default" }
        if host.runtime.isEmpty { host.runtime = RuntimeName.standard }
        if host.shmSize == 0 { host.shmSize = 64 * 1024 * 1024 }
        if host.restartPolicy == nil || host.restartPolicy?.name == "" {
            host.restartPolicy = RestartPolicy()
        }
        if host.ipcMode.isEmpty { host.ipcMode = "private" }
        if host.cgroupnsMode.isEmpty {
            // As with Docker: on v1 programs look for their cgroup by the path that the host has for it.
            host.cgroupnsMode = cgroups == .v1 ? "host" : "private"
        }
        if host.memory > 0, host.memorySwap == 0 {
            let (double, isTooMuch) = host.memory.multipliedReportingOverflow(by: 2)
            host.memorySwap = isTooMuch ? .max : double
        }
        if host.pidsLimit == 0 { host.pidsLimit = nil }
        if host.memorySwappiness == -1 { host.memorySwappiness = nil }
        if host.privileged {
            host.maskedPaths = []
            host.readonlyPaths = []
        }
    }
}

extension HostConfig {
    /// What `--mount type=volume,volume-label=…,volume-opt=…` says of a volume that is made for it.
    func volumeOptions(for mount: ContainerMount) -> MountPoint.VolumeOptions? {
        mounts.first { MountSpecs.cleaned($0.target) == mount.destination }?.volumeOptions
    }
}
