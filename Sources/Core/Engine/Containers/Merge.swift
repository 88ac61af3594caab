import Model

extension ContainerConfig {
    /// Fills what the client left open from the image's configuration, as Docker does.
    mutating func fill(from image: ContainerConfig) {
        if user.isEmpty { user = image.user }
        if let ports = image.exposedPorts {
            exposedPorts = (exposedPorts ?? [:]).merging(ports) { own, _ in own }
        }
        let given = Set(env.map(Self.variableName))
        env += image.env.filter { !given.contains(Self.variableName($0)) }
        labels.merge(image.labels) { own, _ in own }
        if entrypoint == nil {
            if cmd == nil || cmd?.words.isEmpty == true { cmd = image.cmd }
            entrypoint = image.entrypoint
        }
        // `--entrypoint ""` clears the image's entry point: sent as [""].
        if entrypoint?.words == [""] { entrypoint = nil }
        if healthcheck == nil { healthcheck = image.healthcheck }
        if workingDir.isEmpty { workingDir = image.workingDir }
        if let volumes = image.volumes, !volumes.isEmpty {
            self.volumes = (self.volumes ?? [:]).merging(volumes) { own, _ in own }
        }
        if stopSignal == nil || stopSignal == "" { stopSignal = image.stopSignal }
        if shell == nil { shell = image.shell }
        if onBuild == nil { onBuild = image.onBuild }
    }

    static func variableName(_ assignment: String) -> Substring {
        assignment.prefix { $0 != "=" }
    }

    /// The entry point followed by the command.
    var commandLine: [String] { (entrypoint?.words ?? []) + (cmd?.words ?? []) }
}
