import Model
import Runtime

/// What a container is to be: its configuration, read. It is made once when the container is created, and once when its
/// record is loaded; what acts on the container reads this and never the configuration's texts, which are kept as the
/// client gave them to be shown.
package struct ContainerSpec: Sendable, Equatable {
    package var network: NetworkMode
    package var ipc: IPCMode
    package var pid: PIDMode
    package var uts: UTSMode
    package var cgroupNamespace: CgroupNamespaceMode

    /// The ports that the container says it serves.
    package var exposed: Set<PortRange>
    package var published: [PublishRequest]
    /// By destination.
    package var mounts: [String: MountForm] = [:]

    package var isPrivileged: Bool
    package var capabilities: CapabilityChoice
    package var security: SecurityOptions
    package var devices: [DeviceRequest]
    package var deviceRules: [DeviceRule]
    /// In the order of their names.
    package var sysctls: [Sysctl]

    package var limits: CgroupLimits
    /// One for each resource.
    package var ulimits: [ResourceLimit]

    package var extraHosts: [ExtraHost]
    package var log: LogSettings
    package var restart: RestartRule
    package var health: HealthProbe?
    /// The number of the signal that asks the container to end (signal(7)).
    package var stopSignal: Int32

    private static let terminate: Int32 = 15

    /// - Parameters:
    ///   - config: with what the image adds.
    ///   - host: with the defaults.
    /// - Throws: `BerthError.invalid` with Docker's texts for what cannot be read, `.notImplemented` for what Berth does not
    ///   do. What this host has, and what can be asked of a new container only, is not looked at.
    package init(_ config: ContainerConfig, _ host: HostConfig) throws {
        stopSignal = config.stopSignal.isEmpty ? Self.terminate : try Signals.parse(config.stopSignal)
        exposed = Set(try config.exposedPorts.keys.map(PortRange.init(parsing:)))
        published = try PublishRequest.all(config: config, hostConfig: host)
        security = try SecurityOptions.parse(host.securityOpt)
        log = try LogSettings(host.logConfig)
        restart = try RestartRule(host.restartPolicy)
        health = HealthProbe(config.healthcheck)
        extraHosts = try host.extraHosts.map(ExtraHost.init(parsing:))

        _ = try UserNamespaceMode(host.usernsMode)
        network = try NetworkMode(host.networkMode)
        cgroupNamespace = try CgroupNamespaceMode(host.cgroupnsMode)
        uts = try UTSMode(host.utsMode)
        pid = try PIDMode(host.pidMode)
        ipc = try IPCMode(host.ipcMode)

        isPrivileged = host.privileged
        capabilities = try translating { try CapabilityChoice(add: host.capAdd, drop: host.capDrop) }
        devices = try host.devices.map(DeviceRequest.init)
        deviceRules = try translating { try host.deviceCgroupRules.map(DeviceRule.init(parsing:)) }
        ulimits = try translating {
            try host.ulimits.map { try ResourceLimit(name: $0.name, soft: $0.soft, hard: $0.hard) }
        }.lastOfEach(\.resource)
        limits = try CgroupLimits(host)
        sysctls = []
        sysctls = try translating {
            try host.sysctls.sorted { $0.key < $1.key }.map { name, value in
                let sysctl = try Sysctl(name: name, value: value)
                if hasHosts(sysctl.scope) { throw sysctl.sharedWithHost }
                return sysctl
            }
        }
    }

    /// As a record has it, with the mounts that were settled when the container was created.
    /// - Throws: as the other.
    package init(_ record: ContainerRecord) throws {
        try self.init(record.config, record.hostConfig)
        mounts = try MountForm.all(record.mounts)
    }

    /// Whether the container has the host's namespace of a kind. One that it joins may be the host's too.
    package func hasHosts(_ scope: Sysctl.Scope) -> Bool {
        switch scope {
        case .network: network == .host
        case .ipc: ipc == .host
        case .uts: uts == .host
        }
    }

    /// Whether it has the host's name, unless it is given one.
    package var hasHostsName: Bool { network == .host || uts == .host }
}
