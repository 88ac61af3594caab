import Model

/// The answer to `GET /images/{name}/json`.
package struct ImageInspect: JSONWritable {
    package var record: ImageRecord
    package var version: APIVersion

    package init(_ record: ImageRecord, version: APIVersion) {
        self.record = record
        self.version = version
    }

    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("Id", record.id)
            json.field("RepoTags", record.tags)
            json.field("RepoDigests", record.digests)
            json.field("Parent", "")
            json.field("Comment", record.comment)
            if record.created != 0 || version < APIVersion(1, 44) {
                json.field("Created", Timestamp.rfc3339(record.created))
            }
            if version < APIVersion(1, 45) { json.field("Container", "") }
            // Docker left it out from 1.45 on; docker-compose 1.29 wants it from whatever version there is.
            json.field("ContainerConfig", ContainerConfig())
            json.field("DockerVersion", "")
            json.field("Author", record.author)
            if version < APIVersion(1, 50) {
                json.field("Config", record.config)
            } else {
                json.key("Config")
                ImageConfigView(record.config).write(to: &json)
            }
            json.field("Architecture", record.architecture)
            json.field("Os", record.os)
            json.field("Size", record.size)
            if version < APIVersion(1, 44) { json.field("VirtualSize", record.size) }
            json.object("GraphDriver") { json in
                json.null("Data")
                json.field("Name", "overlay2")
            }
            json.object("RootFS") { json in
                json.field("Type", "layers")
                if !record.diffIDs.isEmpty { json.field("Layers", record.diffIDs) }
            }
            json.object("Metadata") { $0.field("LastTagTime", Timestamp.rfc3339(record.lastTagTime)) }
        }
    }
}

/// An image's `Config` from 1.50 on: only what an image can say (the OCI image configuration).
struct ImageConfigView: JSONWritable {
    private var config: ContainerConfig

    init(_ config: ContainerConfig) {
        self.config = config
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            if !config.user.isEmpty { json.field("User", config.user) }
            if !config.exposedPorts.isEmpty { json.field("ExposedPorts", config.exposedPorts) }
            if !config.env.isEmpty { json.field("Env", config.env) }
            json.optional("Entrypoint", config.entrypoint)
            json.optional("Cmd", config.cmd)
            if !config.volumes.isEmpty { json.field("Volumes", config.volumes) }
            if !config.workingDir.isEmpty { json.field("WorkingDir", config.workingDir) }
            if !config.labels.isEmpty { json.field("Labels", config.labels) }
            if !config.stopSignal.isEmpty { json.field("StopSignal", config.stopSignal) }
            if config.argsEscaped { json.field("ArgsEscaped", true) }
            json.optional("Healthcheck", config.healthcheck)
            if !config.onBuild.isEmpty { json.field("OnBuild", config.onBuild) }
            if !config.shell.isEmpty { json.field("Shell", config.shell) }
        }
    }
}
