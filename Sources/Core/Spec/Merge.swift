import Model

extension ContainerConfig {
    /// Fills what the client left open from the image's configuration, as Docker does.
    package mutating func fill(from image: ContainerConfig) {
        if user.isEmpty { user = image.user }
        exposedPorts.merge(image.exposedPorts) { own, _ in own }
        env = Self.ownFirst(env, image.env)
        labels.merge(image.labels) { own, _ in own }
        if entrypoint?.words.isEmpty ?? true {
            if cmd?.words.isEmpty ?? true { cmd = image.cmd }
            if entrypoint == nil { entrypoint = image.entrypoint }
        }
        // `--entrypoint ""` clears the image's entry point: sent as [""].
        if entrypoint?.words == [""] { entrypoint = nil }
        fillHealthcheck(from: image.healthcheck)
        if workingDir.isEmpty { workingDir = image.workingDir }
        volumes.merge(image.volumes) { own, _ in own }
        if stopSignal.isEmpty { stopSignal = image.stopSignal }
        if shell.isEmpty { shell = image.shell }
        if onBuild.isEmpty { onBuild = image.onBuild }
    }

    /// The container's own variables, then those of the image that it does not set.
    private static func ownFirst(_ own: [String], _ image: [String]) -> [String] {
        let merged = Variables.merged(image, own)
        let given = Set(own.map(Variables.name))
        return Variables.merged(own) + merged.filter { !given.contains(Variables.name($0)) }
    }

    /// Times and test are each the image's where the container's check does not say.
    private mutating func fillHealthcheck(from image: HealthCheck?) {
        guard let image else { return }
        guard var own = healthcheck else {
            healthcheck = image
            return
        }
        func isOpen(_ number: (some BinaryInteger)?) -> Bool { number ?? 0 == 0 }
        if own.test?.isEmpty ?? true { own.test = image.test }
        if isOpen(own.interval) { own.interval = image.interval }
        if isOpen(own.timeout) { own.timeout = image.timeout }
        if isOpen(own.startPeriod) { own.startPeriod = image.startPeriod }
        if isOpen(own.startInterval) { own.startInterval = image.startInterval }
        if isOpen(own.retries) { own.retries = image.retries }
        healthcheck = own
    }

    /// The entry point followed by the command.
    package var commandLine: [String] { (entrypoint?.words ?? []) + (cmd?.words ?? []) }
}
