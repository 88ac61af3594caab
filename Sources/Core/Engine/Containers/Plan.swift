import Images
import LaunchPlan
import Model
import Runtime

/// Turns a container's record into the launch plan of its init.
struct PlanBuilder {
    let record: ContainerRecord
    let files: ContainerPaths
    let runtime: ContainerRuntime
    /// Nil for an exec, which has no root of its own.
    let layers: LayerStack?
    let cgroup: Cgroup
    /// The network namespace to join; nil for the host's.
    let networkPath: String?
    /// Namespaces of other containers to join.
    let joined: [LaunchPlan.Namespace]
    /// Where /etc/hosts and its like come from.
    let identity: ContainerPaths

    private var host: HostConfig { record.hostConfig }
    private var security: SecurityOptions {
        get throws { try SecurityOptions.parse(host.securityOpt ?? []) }
    }

    func plan() throws -> LaunchPlan {
        var plan = LaunchPlan(containerID: record.id, process: try process())
        plan.namespaces = namespaces()
        plan.hostname = record.config.hostname
        plan.domainname = record.config.domainname
        let layer = ContainerLayer(root: files.kept)
        plan.root = .overlay(
            base: layers?.baseDirectory ?? "", lower: layers?.lowerDirectories ?? [], upper: layer.upper,
            work: layer.work,
            mountpoint: files.merged, options: "")
        plan.readOnlyRoot = host.readonlyRootfs
        plan.rootPropagation =
            mounts(with: ["rshared", "shared"]) ? .shared : mounts(with: ["rslave", "slave"]) ? .slave : .private
        plan.mounts = try standardMounts() + identityMounts() + userMounts()
        let unconfined = try host.privileged || security.systemPathsUnconfined
        plan.maskedPaths = unconfined ? [] : host.maskedPaths ?? HiddenPaths.masked
        plan.readOnlyPaths = unconfined ? [] : host.readonlyPaths ?? HiddenPaths.readOnly
        plan.sysctls = (host.sysctls ?? [:]).sorted { $0.key < $1.key }.map { LaunchPlan.Setting($0.key, $0.value) }
        plan.devices = try (HostDevice.containerDefault + runtime.devices(host)).map(Self.device)
        plan.links = [
            .init("/dev/fd", "/proc/self/fd"), .init("/dev/stdin", "/proc/self/fd/0"),
            .init("/dev/stdout", "/proc/self/fd/1"), .init("/dev/stderr", "/proc/self/fd/2"),
            .init("/dev/ptmx", "pts/ptmx"), .init("/dev/core", "/proc/kcore"),
        ]
        plan.cgroups = cgroup.directories
        plan.reaper = host.runInit ?? false
        plan.oomScoreAdjust = Int32(host.oomScoreAdj)
        plan.rlimits = try runtime.rlimits(host)
        plan.stdio = LaunchPlan.Stdio(
            terminal: record.config.tty, rows: UInt16(clamping: host.consoleSize?.first ?? 0),
            columns: UInt16(clamping: host.consoleSize?.dropFirst().first ?? 0), openStdin: record.config.openStdin,
            stdinOnce: record.config.stdinOnce)
        plan.log = log()
        plan.exitFile = files.exitFile
        plan.oomFile = cgroup.oomEventsPath ?? ""
        return plan
    }

    func process() throws -> LaunchPlan.Process {
        let capabilities = try runtime.translating { try runtime.capabilities(host) }
        return LaunchPlan.Process(
            arguments: [record.path] + record.args, environment: environment(),
            workingDirectory: record.config.workingDir.isEmpty ? "/" : record.config.workingDir,
            user: record.config.user, additionalGroups: host.groupAdd ?? [],
            capabilities: Self.masks(capabilities), noNewPrivileges: try security.noNewPrivileges,
            seccomp: try runtime.translating { try runtime.seccompProgram(host) })
    }

    func environment() -> [String] {
        var environment: [String] = []
        let given = Set(record.config.env.map(ContainerConfig.variableName))
        if !given.contains("PATH") {
            environment.append("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        }
        if !given.contains("HOSTNAME") { environment.append("HOSTNAME=\(record.config.hostname)") }
        if record.config.tty, !given.contains("TERM") { environment.append("TERM=xterm") }
        // "NAME" alone takes a variable away.
        return environment + record.config.env.filter { $0.contains("=") }
    }

    static func masks(_ capabilities: ProcessCapabilities) -> LaunchPlan.Capabilities {
        LaunchPlan.Capabilities(
            bounding: capabilities.bounding.rawValue, permitted: capabilities.permitted.rawValue,
            effective: capabilities.effective.rawValue, inheritable: capabilities.inheritable.rawValue,
            ambient: capabilities.ambient.rawValue)
    }

    private func namespaces() -> [LaunchPlan.Namespace] {
        var namespaces: [LaunchPlan.Namespace] = [.new(.mount)] + joined
        if let networkPath { namespaces.append(.join(.network, networkPath)) }
        if host.pidMode.isEmpty { namespaces.append(.new(.pid)) }
        if host.utsMode.isEmpty, host.networkMode != "host" { namespaces.append(.new(.uts)) }
        if ["private", "shareable", "none", ""].contains(host.ipcMode) { namespaces.append(.new(.ipc)) }
        if host.cgroupnsMode != "host" { namespaces.append(.new(.cgroup)) }
        return namespaces
    }

    private func mounts(with propagations: [String]) -> Bool {
        record.mounts.contains { propagations.contains($0.propagation) }
    }

    // MARK: Mounts

    private func standardMounts() -> [LaunchPlan.Mount] {
        typealias Flag = LaunchPlan.MountFlag
        let plain = Flag.noSuid | Flag.noExec | Flag.noDevices
        let readOnly = host.privileged ? 0 : Flag.readOnly
        var mounts: [LaunchPlan.Mount] = [
            .init(type: "proc", source: "proc", target: "/proc", flags: plain),
            .init(
                type: "tmpfs", source: "tmpfs", target: "/dev", flags: Flag.noSuid | Flag.strictAccessTime,
                data: "mode=755,size=65536k"),
            .init(
                type: "devpts", source: "devpts", target: "/dev/pts", flags: Flag.noSuid | Flag.noExec,
                data: "newinstance,ptmxmode=0666,mode=0620,gid=5"),
            .init(type: "sysfs", source: "sysfs", target: "/sys", flags: plain | readOnly),
            .init(
                type: "mqueue", source: "mqueue", target: "/dev/mqueue", flags: plain, optional: true),
        ]
        if host.ipcMode == "host" {
            mounts.append(.bind("/dev/shm", to: "/dev/shm"))
        } else if host.ipcMode != "none", !host.ipcMode.hasPrefix("container:"),
            !record.mounts.contains(where: { $0.destination == "/dev/shm" })
        {
            mounts.append(
                .init(
                    type: "tmpfs", source: "shm", target: "/dev/shm", flags: plain,
                    data: "mode=1777,size=\(host.shmSize)"))
        }
        let groups = cgroup.mounts
        if groups.contains(where: { $0.name != nil }) {
            mounts.append(
                .init(type: "tmpfs", source: "cgroup", target: "/sys/fs/cgroup", flags: plain, data: "mode=755"))
        }
        for group in groups {
            let target = group.name.map { "/sys/fs/cgroup/" + $0 } ?? "/sys/fs/cgroup"
            if group.isV2, group.name == nil, host.cgroupnsMode != "host" {
                mounts.append(.init(type: "cgroup2", source: "cgroup", target: target, flags: plain | readOnly))
            } else {
                var bind = LaunchPlan.Mount.bind(group.source, to: target, readOnly: !host.privileged, recursive: false)
                bind.flags |= plain
                bind.optional = true
                mounts.append(bind)
            }
        }
        return mounts
    }

    private func identityMounts() -> [LaunchPlan.Mount] {
        [
            (identity.hosts, "/etc/hosts"), (identity.hostname, "/etc/hostname"),
            (identity.resolvConf, "/etc/resolv.conf"),
        ].filter { file in !record.mounts.contains { $0.destination == file.1 } }
            .map { .bind($0.0, to: $0.1, readOnly: host.readonlyRootfs, recursive: false) }
    }

    private func userMounts() -> [LaunchPlan.Mount] {
        typealias Flag = LaunchPlan.MountFlag
        // A mount below another must come after it.
        return record.mounts.sorted { Self.depth($0.destination) < Self.depth($1.destination) }.map { mount in
            switch mount.kind {
            case .tmpfs:
                let (flags, data) = Self.tmpfsOptions(mount.data)
                return .init(
                    type: "tmpfs", source: "tmpfs", target: mount.destination,
                    flags: flags | (mount.isReadWrite ? 0 : Flag.readOnly), data: data)
            case .bind, .volume:
                let source = mount.subpath.isEmpty ? mount.source : mount.source + MountSpecs.cleaned(mount.subpath)
                var bind = LaunchPlan.Mount.bind(
                    source, to: mount.destination, readOnly: !mount.isReadWrite, recursive: mount.isRecursive,
                    propagation: Self.propagation(mount.propagation))
                if mount.isRecursive { bind.flags |= Flag.recursive }
                return bind
            }
        }
    }

    private static func depth(_ path: String) -> Int { path.utf8.count { $0 == 47 } }

    private static func propagation(_ text: String) -> LaunchPlan.Propagation {
        switch text {
        case "rshared", "shared": .shared
        case "rslave", "slave": .slave
        default: .private
        }
    }

    /// Docker's default for `--tmpfs`: nosuid, nodev, noexec, unless the options say otherwise.
    static func tmpfsOptions(_ text: String) -> (flags: UInt64, data: String) {
        typealias Flag = LaunchPlan.MountFlag
        var flags = Flag.noSuid | Flag.noDevices | Flag.noExec
        var data: [Substring] = []
        for word in text.split(separator: ",") {
            switch word {
            case "exec": flags &= ~Flag.noExec
            case "noexec": flags |= Flag.noExec
            case "suid": flags &= ~Flag.noSuid
            case "nosuid": flags |= Flag.noSuid
            case "dev": flags &= ~Flag.noDevices
            case "nodev": flags |= Flag.noDevices
            case "noatime": flags |= Flag.noAccessTime
            case "relatime": flags |= Flag.relativeAccessTime
            case "ro": flags |= Flag.readOnly
            case "rw", "atime": break
            default: data.append(word)
            }
        }
        return (flags, data.joined(separator: ","))
    }

    // MARK: Parts

    private func log() -> LaunchPlan.Log {
        guard host.logConfig?.type != "none" else { return LaunchPlan.Log() }
        let options = host.logConfig?.config ?? [:]
        return LaunchPlan.Log(
            path: files.log, maxSize: options["max-size"].flatMap(LogLimits.bytes) ?? 0,
            maxFiles: UInt32(options["max-file"] ?? "1") ?? 1)
    }

    private static func device(_ device: HostDevice) -> LaunchPlan.Device {
        LaunchPlan.Device(
            path: device.path, kind: device.kind == .block ? .block : .character, major: device.major,
            minor: device.minor, mode: device.mode & 0o7777, uid: device.uid, gid: device.gid)
    }
}
