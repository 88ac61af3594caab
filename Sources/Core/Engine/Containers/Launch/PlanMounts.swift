import LaunchPlan
import Model
import Runtime
import Spec

/// The mounts of a container's plan.
struct PlanMounts {
    typealias Flag = LaunchPlan.MountFlag

    let record: ContainerRecord
    let spec: ContainerSpec
    let cgroup: Cgroup
    /// Where /etc/hosts and its like come from.
    let identity: ContainerPaths
    /// The init of the container whose /dev/shm is shared (`--ipc container:…`).
    let shmOwner: LaunchPlan.ExecTarget?

    private static let plain = Flag.noSuid | Flag.noExec | Flag.noDevices

    private var host: HostConfig { record.hostConfig }
    private var readOnly: UInt64 { spec.isPrivileged ? 0 : Flag.readOnly }
    /// With v2 alone the container may make cgroups below its own.
    private var readOnlyCgroups: UInt64 { spec.security.writableCgroups ? 0 : readOnly }

    /// In the order to be made, which is Docker's: what every container has comes first; then the client's mounts and the
    /// files in /etc together, each after what it lies in. What a mount of the client's would hide is left out.
    func all() -> [LaunchPlan.Mount] {
        let wanted = Set(record.mounts.map(\.destination))
        let below = wanted.map { $0 + "/" }
        let standard = (kernel() + shm() + cgroups()).filter { mount in
            !wanted.contains(mount.target) && !below.contains { mount.target.hasPrefix($0) }
        }
        let files = identityFiles().filter { !wanted.contains($0.target) }
        return standard + (files + client()).sorted { Self.depth($0.target) < Self.depth($1.target) }
    }

    /// Whether /dev is the container's own. Where the client has bound another directory or a volume there, that has the
    /// nodes it has, and none are made in it.
    var makesDevices: Bool {
        !record.mounts.contains { $0.destination == "/dev" && $0.kind != .tmpfs }
    }

    func has(_ propagation: LaunchPlan.Propagation) -> Bool {
        spec.mounts.values.contains { $0.propagation == propagation }
    }

    // MARK: What every container has

    private func kernel() -> [LaunchPlan.Mount] {
        [
            .init(type: "proc", source: "proc", target: "/proc", flags: Self.plain),
            .init(
                type: "tmpfs", source: "tmpfs", target: "/dev", flags: Flag.noSuid | Flag.strictAccessTime,
                data: "mode=755,size=65536k"),
            .init(
                type: "devpts", source: "devpts", target: "/dev/pts", flags: Flag.noSuid | Flag.noExec,
                data: "newinstance,ptmxmode=0666,mode=0620,gid=5"),
            .init(type: "sysfs", source: "sysfs", target: "/sys", flags: Self.plain | readOnly),
            .init(type: "mqueue", source: "mqueue", target: "/dev/mqueue", flags: Self.plain, optional: true),
        ]
    }

    private func shm() -> [LaunchPlan.Mount] {
        let path = "/dev/shm"
        switch spec.ipc {
        case .none: return []
        case .host: return [.bind(path, to: path)]
        case .private, .shareable, .container:
            if let shmOwner {
                var bind = LaunchPlan.Mount.bind(path, to: path, recursive: false)
                bind.owner = shmOwner
                bind.flags |= Self.plain
                return [bind]
            }
            return [
                .init(
                    type: "tmpfs", source: "shm", target: path, flags: Self.plain,
                    data: "mode=1777,size=\(host.shmSize)")
            ]
        }
    }

    // MARK: Control groups

    private static let cgroupDirectory = "/sys/fs/cgroup"

    private func cgroups() -> [LaunchPlan.Mount] {
        let groups = cgroup.mounts
        return cgroup.layout.version == .v2 ? groups.map { _ in cgroupTree } : cgroupHierarchies(groups)
    }

    /// v2: the tree that belongs to the container's cgroup namespace, the host's when it has none of its own.
    private var cgroupTree: LaunchPlan.Mount {
        .init(type: "cgroup2", source: "cgroup", target: Self.cgroupDirectory, flags: Self.plain | readOnlyCgroups)
    }

    /// v1: the container's cgroup of each hierarchy, in a directory that is read-only once all is in it. A hierarchy of
    /// several controllers (cpu,cpuacct) is there by the name of each too.
    private func cgroupHierarchies(_ groups: [CgroupMount]) -> [LaunchPlan.Mount] {
        var directory = LaunchPlan.Mount(
            type: "tmpfs", source: "cgroup", target: Self.cgroupDirectory, flags: Self.plain, data: "mode=755")
        var mounts = [directory]
        for group in groups {
            guard let name = group.name else { continue }
            let names = name.contains(",") ? [name] + name.split(separator: ",").map(String.init) : [name]
            for name in names {
                var bind = LaunchPlan.Mount.bind(
                    group.source, to: "\(Self.cgroupDirectory)/\(name)", readOnly: !spec.isPrivileged, recursive: false)
                bind.flags |= Self.plain
                bind.optional = true
                mounts.append(bind)
            }
        }
        if !spec.isPrivileged {
            directory.flags |= Flag.remount | Flag.readOnly
            mounts.append(directory)
        }
        return mounts
    }

    // MARK: The container's own

    private func identityFiles() -> [LaunchPlan.Mount] {
        [
            (identity.hosts, "/etc/hosts"), (identity.hostname, "/etc/hostname"),
            (identity.resolvConf, "/etc/resolv.conf"),
        ].map { .bind($0.0, to: $0.1, readOnly: host.readonlyRootfs, recursive: false) }
    }

    private func client() -> [LaunchPlan.Mount] {
        record.mounts.map { mount in
            let form = spec.mounts[mount.destination]
            switch mount.kind {
            case .tmpfs:
                let options = form?.tmpfs ?? TmpfsOptions()
                return .init(
                    type: "tmpfs", source: "tmpfs", target: mount.destination,
                    flags: options.flags | (mount.isReadWrite ? 0 : Flag.readOnly), data: options.data,
                    propagation: options.propagation)
            case .bind, .volume:
                var bind = LaunchPlan.Mount.bind(
                    mount.source, subpath: mount.subpath, to: mount.destination, readOnly: !mount.isReadWrite,
                    recursive: mount.isRecursive, propagation: form?.propagation ?? .private)
                bind.recursiveReadOnly = !mount.isReadWrite && mount.isRecursive && !mount.readOnlyNonRecursive
                return bind
            }
        }
    }

    private static func depth(_ path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } }
}
