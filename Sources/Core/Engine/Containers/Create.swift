import Images
import Model
import Runtime
import Spec
import State

extension ContainerService {
    /// Makes a container: everything is checked before anything is changed, and undone when a step fails.
    ///
    /// To a client a 404 means that the image is not there, and the docker command pulls it then: nothing else is
    /// answered so, whatever it is that was not found.
    /// - Throws: `BerthError`: `.invalidParameter` for a bad configuration or something it refers to that is not there,
    ///   `.notFound` for an unknown image alone, `.conflict` for a name that is taken.
    public func create(_ request: ContainerRequest) async throws -> CreatedContainer {
        let name = request.name.flatMap { $0.isEmpty ? nil : $0 }
        if let name, !ObjectName.isValid(name.hasPrefix("/") ? String(name.dropFirst()) : name) {
            throw BerthError.invalid(
                "Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        guard !request.config.image.isEmpty else { throw BerthError.invalid("no command specified") }
        try RequestCheck.checkNetworkMode(request.config, request.hostConfig)
        let image = try images.find(request.config.image)
        let warnings = try image.checkPlatform(request.platform, reference: request.config.image)
        do {
            let made = try await create(request, name: name, image: image)
            return CreatedContainer(id: made.id, warnings: warnings + made.warnings)
        } catch let error as BerthError where error.code == .notFound && images[image.id] != nil {
            throw BerthError.invalid(error.message)
        }
    }

    private func create(
        _ request: ContainerRequest, name: String?, image: ImageRecord
    ) async throws -> CreatedContainer {
        var config = request.config
        config.fill(from: image.config)
        var hostConfig = request.hostConfig
        hostConfig.fillDefaults(cgroups: runtime.layout.version)
        ContainerReference.pin(&hostConfig) { name in try? containers.find(name).id }
        var spec = try ContainerSpec(config, hostConfig)
        var warnings = try RequestCheck.check(spec, config, hostConfig)
        warnings += try await ask(about: spec)
        guard !config.commandLine.isEmpty else { throw BerthError.invalid("no command specified") }
        let mounts = try MountSpecs.resolve(
            config: config, hostConfig: hostConfig, readOnlyNonRecursive: request.readOnlyNonRecursive
        ) { name in
            try containers.find(name).record.mounts
        }
        spec.mounts = try MountForm.all(mounts)
        let asked = try networks.initial(config: config, spec, networking: request.networking)

        let id = Identifier.random()
        var record = ContainerRecord(
            id: id, name: try reserveName(name, for: id), created: Clock.now(), imageID: image.id, config: config,
            hostConfig: hostConfig)
        if record.config.hostname.isEmpty {
            record.config.hostname = spec.hasHostsName ? IdentityFiles.hostName() : String(id.prefix(12))
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
            guard images[image.id] != nil else { throw BerthError.notFound("No such image: \(config.image)") }
            try await make(record, spec, imageName: config.image, image: image)
        } catch {
            containers.abandon(record)
            throw error
        }
        return CreatedContainer(id: id, warnings: warnings)
    }

    /// Asks the host what a container needs of it: on a thread that may wait, unless the answer is known.
    private func ask(about spec: ContainerSpec) async throws -> [String] {
        let runtime = runtime
        if runtime.isReady(for: spec) { return try runtime.check(spec) }
        return try await blocking.runLong { try runtime.check(spec) }
    }

    private func make(
        _ planned: ContainerRecord, _ spec: ContainerSpec, imageName: String, image: ImageRecord
    ) async throws {
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
            let store = store
            let stored = StoredContainer(record: record, imageName: imageName, phase: .settled)
            try await blocking.run {
                try layer.create(over: store.layerStack(of: image.id))
                do {
                    try self.database.keep(stored)
                } catch {
                    try? self.disposal.trash.discard(files.kept)
                    throw error
                }
            }
            undo.push { await self.disposal.discard(files.kept) }
            CrashPoint.pass(.createLayer)

            try await database.update(record, phase: .settled)
        } catch {
            await undo.run()
            throw error
        }
        CrashPoint.pass(.createSettled)
        let entry = ContainerEntry(record: record, spec: .success(spec), imageName: imageName)
        containers.add(entry, name: record.name)
        events.publish("create", of: entry)
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
}
