import Glibc
import Logging
import Model
import Runtime
import Spec

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

    /// Whether all that a container of this kind needs of the runtime is in memory: then nothing here blocks for it.
    func isReady(for spec: ContainerSpec) -> Bool {
        spec.devices.isEmpty && !spec.isPrivileged && hasFilter(for: spec)
    }

    /// Whether the filter of system calls need not be compiled.
    func hasFilter(for spec: ContainerSpec) -> Bool {
        guard !spec.isPrivileged, let source = spec.security.seccomp else { return true }
        return seccomp.kept(for: source, capabilities: capabilities(spec).bounding) != nil
    }

    /// Checks what the host must be asked about. Blocking, unless `isReady`.
    /// - Returns: warnings for the client about limits that this host does not have.
    /// - Throws: `BerthError.invalid`.
    func check(_ spec: ContainerSpec) throws -> [String] {
        try translating {
            if layout.version == .v1, spec.security.writableCgroups {
                throw BerthError.invalid("--security-opt writable-cgroups needs cgroup v2, and this host has v1")
            }
            _ = try seccompProgram(spec)
            _ = try devices(spec)
            return try layout.warnings(for: spec.limits)
        }
    }

    /// - Parameter privileged: every capability there is, also in a container that is not privileged.
    func capabilities(_ spec: ContainerSpec, privileged: Bool = false) -> ProcessCapabilities {
        ProcessCapabilities(spec.capabilities, privileged: privileged || spec.isPrivileged, available: available)
    }

    /// The compiled filter; empty for none. Blocking, unless `hasFilter`.
    func seccompProgram(_ spec: ContainerSpec) throws -> [UInt8] {
        guard !spec.isPrivileged, let source = spec.security.seccomp else { return [] }
        return try seccomp.program(for: source, capabilities: capabilities(spec).bounding).bytes
    }

    /// The devices of `--device`, after all of the host's for a privileged container; one for each place.
    func devices(_ spec: ContainerSpec) throws -> [HostDevice] {
        let mapped = try translating { try spec.devices.flatMap { try $0.find() } }
        return (spec.isPrivileged ? HostDevice.all() + mapped : mapped).lastOfEach { MountSpecs.cleaned($0.path) }
    }

    /// Makes a container's cgroup with its limits and device rules. Blocking.
    func makeCgroup(_ record: ContainerRecord, _ spec: ContainerSpec, devices: [HostDevice]) throws -> Cgroup {
        let policy = DevicePolicy.container(
            privileged: spec.isPrivileged, capabilities: capabilities(spec).bounding, devices: devices,
            rules: spec.deviceRules)
        return try translating {
            try layout.create(
                parent: parent(record.hostConfig), name: record.id, limits: spec.limits, devices: policy)
        }
    }

    func cgroup(of record: ContainerRecord) -> Cgroup {
        layout.cgroup(parent: parent(record.hostConfig), name: record.id)
    }

    private func parent(_ host: HostConfig) -> String {
        host.cgroupParent.isEmpty ? cgroupParent : host.cgroupParent
    }
}
