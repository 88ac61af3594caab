import Model

/// The answer to `GET /containers/{id}/json`.
package struct ContainerInspect: JSONWritable {
    package var snapshot: ContainerSnapshot
    package var version: APIVersion

    package init(_ snapshot: ContainerSnapshot, version: APIVersion) {
        self.snapshot = snapshot
        self.version = version
    }

    package func write(to json: inout JSONWriter) {
        let record = snapshot.record
        json.object { json in
            json.field("Id", record.id)
            json.field("Created", Timestamp.rfc3339(record.created))
            json.field("Path", record.path)
            json.field("Args", record.args)
            json.key("State")
            ContainerStateView(record.state).write(to: &json)
            json.field("Image", record.imageID)
            json.field("ResolvConfPath", snapshot.resolvConfPath)
            json.field("HostnamePath", snapshot.hostnamePath)
            json.field("HostsPath", snapshot.hostsPath)
            json.field("LogPath", snapshot.logPath)
            json.field("Name", "/" + record.name)
            json.field("RestartCount", record.restartCount)
            json.field("Driver", "overlay2")
            json.field("Platform", record.platform)
            json.field("MountLabel", "")
            json.field("ProcessLabel", "")
            json.field("AppArmorProfile", "")
            json.field("ExecIDs", snapshot.execIDs.isEmpty ? nil : snapshot.execIDs)
            json.field("HostConfig", record.hostConfig)
            writeGraphDriver(to: &json)
            json.optional("SizeRw", snapshot.sizeRw)
            json.optional("SizeRootFs", snapshot.sizeRootFs)
            json.array("Mounts", record.mounts) { MountView($1).write(to: &$0) }
            json.field("Config", config)
            json.key("NetworkSettings")
            NetworkSettingsView(record, version: version).write(to: &json)
        }
    }

    /// The image is shown as the client named it.
    private var config: ContainerConfig {
        var config = snapshot.record.config
        if !snapshot.imageName.isEmpty { config.image = snapshot.imageName }
        return config
    }

    private func writeGraphDriver(to json: inout JSONWriter) {
        json.object("GraphDriver") { json in
            json.object("Data") { json in
                json.field("ID", snapshot.record.id)
                json.field("LowerDir", snapshot.overlay.lower.joined(separator: ":"))
                json.field("MergedDir", snapshot.overlay.merged)
                json.field("UpperDir", snapshot.overlay.upper)
                json.field("WorkDir", snapshot.overlay.work)
            }
            json.field("Name", "overlay2")
        }
    }
}

/// `State` of an inspect answer.
struct ContainerStateView: JSONWritable {
    var state: ContainerState

    init(_ state: ContainerState) {
        self.state = state
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("Status", StatusText.name(state.status))
            json.field("Running", state.isRunning || state.status == .restarting)
            json.field("Paused", state.status == .paused)
            json.field("Restarting", state.status == .restarting)
            json.field("OOMKilled", state.oomKilled)
            json.field("Dead", state.status == .dead)
            json.field("Pid", state.pid)
            json.field("ExitCode", state.exitCode)
            json.field("Error", state.error)
            json.field("StartedAt", Timestamp.rfc3339(state.startedAt))
            json.field("FinishedAt", Timestamp.rfc3339(state.finishedAt))
        }
    }
}

/// A mount in lists and inspect answers.
struct MountView: JSONWritable {
    var mount: ContainerMount

    init(_ mount: ContainerMount) {
        self.mount = mount
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("Type", mount.kind.rawValue)
            if !mount.name.isEmpty { json.field("Name", mount.name) }
            json.field("Source", mount.source)
            json.field("Destination", mount.destination)
            // For a bind the driver is Berth's own business.
            if mount.kind == .volume, !mount.driver.isEmpty { json.field("Driver", mount.driver) }
            json.field("Mode", mount.mode)
            json.field("RW", mount.isReadWrite)
            json.field("Propagation", mount.propagation)
        }
    }
}
