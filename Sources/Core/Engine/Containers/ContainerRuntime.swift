import Glibc
import Logging
import Model
import Runtime

/// The parts of the runtime that all containers share.
final class ContainerRuntime: Sendable {
    let layout: CgroupLayout
    let launcher: MonitorLauncher
    let watch: MonitorWatch
    let outOfMemory = OutOfMemoryWatch()
    let seccomp: SeccompCompiler
    let available: CapabilitySet
    /// The soft limit of open files that processes start with; nil for the daemon's own.
    let openFiles: UInt64?
    /// Below each hierarchy: one directory for this daemon's containers.
    let cgroupParent: String

    /// - Throws: `BerthError.system` when the monitor's program or the cgroups are not to be had.
    init(configuration: EngineConfiguration, daemonID: String) throws {
        do {
            layout = try Cgroups.detect()
            launcher = try MonitorLauncher(monitorPath: configuration.monitorPath)
            watch = try MonitorWatch()
            seccomp = SeccompCompiler()
            available = try HostCapabilities.available()
        } catch {
            throw BerthError.system("\(error)")
        }
        openFiles = configuration.containerOpenFiles
        cgroupParent = "/berth-" + daemonID.prefix(8)
    }

    /// Checks what the host must be asked about.
    /// - Returns: warnings for the client about limits that this host does not have.
    /// - Throws: `BerthError.invalid`.
    func check(config: ContainerConfig, hostConfig: HostConfig) throws -> [String] {
        try translating {
            if layout.version == .v1, try SecurityOptions.parse(hostConfig.securityOpt).writableCgroups {
                throw BerthError.invalid("--security-opt writable-cgroups needs cgroup v2, and this host has v1")
            }
            _ = try capabilities(hostConfig)
            _ = try seccompProgram(hostConfig)
            _ = try devices(hostConfig)
            _ = try hostConfig.deviceCgroupRules.map { try DeviceRule(parsing: $0) }
            _ = try rlimits(hostConfig)
            _ = try sysctls(hostConfig)
            return try layout.warnings(for: limits(hostConfig))
        }
    }

    /// - Parameter privileged: every capability there is, also in a container that is not privileged.
    func capabilities(_ host: HostConfig, privileged: Bool = false) throws -> ProcessCapabilities {
        try ProcessCapabilities.resolve(
            add: host.capAdd, drop: host.capDrop, privileged: privileged || host.privileged,
            available: available)
    }

    /// The compiled filter; empty for none.
    func seccompProgram(_ host: HostConfig) throws -> [UInt8] {
        if host.privileged { return [] }
        let granted = try capabilities(host).bounding
        switch try SecurityOptions.parse(host.securityOpt).seccomp {
        case .unconfined: return []
        case .standard: return try seccomp.program(for: .containerDefault, capabilities: granted).bytes
        case .custom(let json): return try seccomp.program(for: .json(json), capabilities: granted).bytes
        }
    }

    /// The devices of `--device`, after all of the host's for a privileged container; one for each place.
    func devices(_ host: HostConfig) throws -> [HostDevice] {
        let mapped = try host.devices.flatMap { mapping in
            try HostDevice.find(
                hostPath: mapping.pathOnHost, containerPath: mapping.pathInContainer,
                permissions: mapping.cgroupPermissions)
        }
        return (host.privileged ? HostDevice.all() + mapped : mapped).lastOfEach { MountSpecs.cleaned($0.path) }
    }

    /// The parameters of `--sysctl`, each in a namespace that is not the host's.
    func sysctls(_ host: HostConfig) throws -> [Sysctl] {
        try host.sysctls.sorted { $0.key < $1.key }.map { name, value in
            let sysctl = try Sysctl(name: name, value: value)
            let mode =
                switch sysctl.scope {
                case .network: host.networkMode
                case .ipc: host.ipcMode
                case .uts: host.utsMode
                }
            if mode == "host" { throw sysctl.sharedWithHost }
            return sysctl
        }
    }

    func limits(_ host: HostConfig) -> CgroupLimits {
        var limits = CgroupLimits()
        limits.memory = host.memory
        limits.memorySwap = host.memorySwap
        limits.memoryReservation = host.memoryReservation
        limits.oomKillDisable = host.oomKillDisable ?? false
        limits.memorySwappiness = host.memorySwappiness
        limits.cpuShares = host.cpuShares
        limits.cpuQuota = host.cpuQuota
        limits.cpuPeriod = host.cpuPeriod
        limits.nanoCPUs = host.nanoCpus
        limits.cpuRealtimePeriod = host.cpuRealtimePeriod
        limits.cpuRealtimeRuntime = host.cpuRealtimeRuntime
        limits.cpusetCPUs = host.cpusetCpus
        limits.cpusetMems = host.cpusetMems
        limits.pidsLimit = host.pidsLimit
        limits.blkioWeight = UInt16(clamping: host.blkioWeight)
        limits.blkioWeightDevice = host.blkioWeightDevice.map {
            .init(path: $0.path, rate: UInt64(clamping: $0.weight))
        }
        func rates(_ devices: [ThrottleDevice]) -> [CgroupLimits.DeviceRate] {
            devices.map { .init(path: $0.path, rate: UInt64(clamping: $0.rate)) }
        }
        limits.blkioDeviceReadBps = rates(host.blkioDeviceReadBps)
        limits.blkioDeviceWriteBps = rates(host.blkioDeviceWriteBps)
        limits.blkioDeviceReadIOps = rates(host.blkioDeviceReadIOps)
        limits.blkioDeviceWriteIOps = rates(host.blkioDeviceWriteIOps)
        return limits
    }

    /// Makes a container's cgroup with its limits and device rules. Blocking.
    func makeCgroup(_ record: ContainerRecord) throws -> Cgroup {
        let host = record.hostConfig
        return try translating {
            let policy = try DevicePolicy.container(
                privileged: host.privileged, capabilities: capabilities(host).bounding, devices: devices(host),
                rules: host.deviceCgroupRules.map { try DeviceRule(parsing: $0) })
            return try layout.create(
                parent: parent(host), name: record.id, limits: limits(host), devices: policy)
        }
    }

    func cgroup(of record: ContainerRecord) -> Cgroup {
        layout.cgroup(parent: parent(record.hostConfig), name: record.id)
    }

    private func parent(_ host: HostConfig) -> String {
        host.cgroupParent.isEmpty ? cgroupParent : host.cgroupParent
    }

    /// Runs `body`, and makes errors of the runtime into those a client sees.
    func translating<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as ConfinementError {
            // What the kernel finds invalid is a value that the client chose.
            let isInvalid = error.kind == .invalidParameter || [EINVAL, ERANGE].contains(error.errno)
            throw BerthError(isInvalid ? .invalidParameter : .system, error.message)
        }
    }
}
