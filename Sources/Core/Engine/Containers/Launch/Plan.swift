import Glibc
import Images
import LaunchPlan
import Model
import Runtime
import Spec

/// Turns a container's record into the launch plan of its init.
struct PlanBuilder {
    let record: ContainerRecord
    let spec: ContainerSpec
    let files: ContainerPaths
    let runtime: ContainerRuntime
    /// The host's devices that the container has beside the usual ones.
    var devices: [HostDevice] = []
    /// Nil for an exec, which has no root of its own.
    let layers: LayerStack?
    let cgroup: Cgroup
    /// The network namespace to join; nil for the host's.
    let network: LaunchPlan.Namespace?
    /// Namespaces of other containers to join.
    let joined: [LaunchPlan.Namespace]
    /// The init of the container whose /dev/shm is shared.
    var shmOwner: LaunchPlan.ExecTarget?
    /// Where /etc/hosts and its like come from.
    let identity: ContainerPaths

    private var host: HostConfig { record.hostConfig }

    /// - Throws: `BerthError`: `.invalidParameter` for what cannot be in a container of this kind.
    func plan() throws -> LaunchPlan {
        var plan = LaunchPlan(containerID: record.id, process: try process())
        plan.namespaces = namespaces()
        // Only in a UTS namespace of its own: else it is the host that would be renamed.
        if ownsNames {
            plan.hostname = record.config.hostname
            plan.domainname = record.config.domainname
        }
        let layer = ContainerLayer(root: files.kept)
        plan.root = .overlay(
            base: layers?.baseDirectory ?? "", lower: layers?.lowerDirectories ?? [], upper: layer.upper,
            work: layer.work,
            mountpoint: files.merged, options: "")
        plan.readOnlyRoot = host.readonlyRootfs
        let mounts = PlanMounts(
            record: record, spec: spec, cgroup: cgroup, identity: identity, shmOwner: shmOwner)
        plan.rootPropagation =
            mounts.has(.shared) ? .shared : mounts.has(.slave) ? .slave : .private
        plan.mounts = mounts.all()
        let unconfined = spec.isPrivileged || spec.security.systemPathsUnconfined
        plan.maskedPaths = unconfined ? [] : host.maskedPaths ?? HiddenPaths.masked
        plan.readOnlyPaths = unconfined ? [] : host.readonlyPaths ?? HiddenPaths.readOnly
        plan.sysctls = try sysctls()
        if mounts.makesDevices {
            plan.devices = (HostDevice.containerDefault + devices)
                .lastOfEach { MountSpecs.cleaned($0.path) }.map(Self.device)
            plan.links = [
                .init("/dev/fd", "/proc/self/fd"), .init("/dev/stdin", "/proc/self/fd/0"),
                .init("/dev/stdout", "/proc/self/fd/1"), .init("/dev/stderr", "/proc/self/fd/2"),
                .init("/dev/ptmx", "pts/ptmx"), .init("/dev/core", "/proc/kcore"),
            ]
        }
        plan.cgroup = cgroup.entry
        plan.reaper = host.runInit ?? false
        plan.oomScoreAdjust = Int32(clamping: host.oomScoreAdj)
        plan.rlimits = runtime.rlimits(spec)
        plan.stdio = LaunchPlan.Stdio(
            terminal: record.config.tty, rows: UInt16(clamping: host.consoleSize.first ?? 0),
            columns: UInt16(clamping: host.consoleSize.dropFirst().first ?? 0), openStdin: record.config.openStdin,
            stdinOnce: record.config.stdinOnce)
        plan.log = try spec.log.plan(for: record, path: files.log)
        plan.exitFile = files.exitFile
        plan.oomFile = cgroup.oomEventsPath ?? ""
        plan.socket = files.socket
        return plan
    }

    /// - Parameter privileged: with every capability there is (`docker exec --privileged`). The container's filter of
    ///   system calls stays as it is.
    func process(privileged: Bool = false) throws -> LaunchPlan.Process {
        LaunchPlan.Process(
            arguments: [record.path] + record.args, environment: environment(),
            workingDirectory: record.config.workingDir.isEmpty ? "/" : record.config.workingDir,
            user: record.config.user, additionalGroups: host.groupAdd,
            capabilities: Self.masks(runtime.capabilities(spec, privileged: privileged)),
            noNewPrivileges: spec.security.noNewPrivileges,
            seccomp: try translating { try runtime.seccompProgram(spec) })
    }

    func environment() -> [String] {
        var standard = [
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOSTNAME=\(record.config.hostname)",
        ]
        if record.config.tty { standard.append("TERM=xterm") }
        return Variables.set(Variables.merged(standard, record.config.env))
    }

    static func masks(_ capabilities: ProcessCapabilities) -> LaunchPlan.Capabilities {
        LaunchPlan.Capabilities(
            bounding: capabilities.bounding.rawValue, permitted: capabilities.permitted.rawValue,
            effective: capabilities.effective.rawValue, inheritable: capabilities.inheritable.rawValue,
            ambient: capabilities.ambient.rawValue)
    }

    // MARK: Namespaces

    private var ownsNames: Bool { spec.uts == .private }

    private func namespaces() -> [LaunchPlan.Namespace] {
        var namespaces: [LaunchPlan.Namespace] = [.new(.mount)] + joined
        if let network { namespaces.append(network) }
        if spec.pid == .private { namespaces.append(.new(.pid)) }
        if ownsNames { namespaces.append(.new(.uts)) }
        if spec.ipc.isOwn { namespaces.append(.new(.ipc)) }
        if spec.cgroupNamespace == .private { namespaces.append(.new(.cgroup)) }
        return namespaces
    }

    private func sysctls() throws -> [LaunchPlan.Setting] {
        try translating {
            try spec.sysctls.map { sysctl in
                if sharesWithHost(sysctl.scope) { throw sysctl.sharedWithHost }
                return LaunchPlan.Setting(sysctl.path, sysctl.value)
            }
        }
    }

    /// A namespace that is joined may be the host's after all, when that is what the other container has.
    private func sharesWithHost(_ scope: Sysctl.Scope) -> Bool {
        switch scope {
        case .network: network?.path.map { Self.isSame($0, "/proc/self/ns/net") } ?? true
        case .ipc:
            joined.first { $0.kind == .ipc }?.path.map { Self.isSame($0, "/proc/self/ns/ipc") }
                ?? spec.hasHosts(.ipc)
        case .uts: !ownsNames
        }
    }

    private static func isSame(_ path: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(path, &first) == 0, stat(other, &second) == 0 else { return false }
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }

    // MARK: Parts

    private static func device(_ device: HostDevice) -> LaunchPlan.Device {
        LaunchPlan.Device(
            path: device.path, hostPath: device.hostPath, kind: device.kind == .block ? .block : .character,
            major: device.major, minor: device.minor, mode: device.mode & 0o7777, uid: device.uid, gid: device.gid)
    }
}
