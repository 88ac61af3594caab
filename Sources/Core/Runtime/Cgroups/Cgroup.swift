/// The control group of one container: one directory in each hierarchy of the layout.
///
/// A value that only knows names; all its methods make blocking system calls, each short, from any thread.
public struct Cgroup: Sendable, Hashable {
    public var layout: CgroupLayout
    /// The path below each hierarchy's mount point, e.g. `/berth-1a2b3c4d/0123…`.
    public var path: String

    public init(layout: CgroupLayout, path: String) {
        self.layout = layout
        self.path = path
    }

    /// The directory for a controller; nil where the host does not have the controller.
    public func directory(of controller: String) -> String? {
        layout.hierarchy(of: controller)?.directory(path)
    }

    /// The directories that exist, in the order they were made.
    public var directories: [String] {
        layout.hierarchies.map { $0.directory(path) }.filter(ControlFile.exists)
    }

    /// How a process enters this cgroup.
    ///
    /// On v1 by writing `0` *from the process itself, while it has one thread*, to each of `selfJoinFiles`. These are
    /// the `tasks` files and not `cgroup.procs`, because a task that moves itself does not take the kernel's lock
    /// over all thread groups, the first of which waits some milliseconds for a grace period. On v2 by clone3(2)
    /// with CLONE_INTO_CGROUP and a descriptor of `cloneDirectory`, for the same reason; where clone3 is not to be
    /// had, by a write of `0` to the `cgroup.procs` in that directory.
    ///
    /// On hosts with systemd and v1 both are filled: systemd's own tree is to be entered too.
    public var entry: CgroupEntry {
        var entry = CgroupEntry()
        for hierarchy in layout.hierarchies {
            let directory = hierarchy.directory(path)
            guard !hierarchy.isOptional || ControlFile.exists(directory) else { continue }
            entry.procsPaths.append(directory + "/cgroup.procs")
            if hierarchy.isV2 {
                entry.cloneDirectory = directory
            } else {
                entry.selfJoinFiles.append(directory + "/tasks")
            }
        }
        return entry
    }

    /// The file with the line `oom_kill N`, from which a monitor learns whether the kernel killed for want of memory:
    /// `memory.oom_control` on v1, `memory.events` on v2. nil where memory is not controlled.
    public var oomEventsPath: String? {
        directory(of: "memory").map { $0 + (layout.version == .v1 ? "/memory.oom_control" : "/memory.events") }
    }

    /// How many processes the kernel has killed in this cgroup for want of memory; 0 where that is not known.
    public func oomKillCount() -> UInt64 {
        guard let path = oomEventsPath, let text = ControlFile.readIfPresent(path) else { return 0 }
        return KeyedFile(text)["oom_kill"] ?? 0
    }

    /// What is to be bound or shown at /sys/fs/cgroup inside the container, one for each hierarchy. On v2 there is one,
    /// for `/sys/fs/cgroup` itself; on v1 one for each controller's directory there.
    public var mounts: [CgroupMount] {
        layout.hierarchies.compactMap { hierarchy in
            if hierarchy.isV2 && layout.version == .v1 { return nil }
            let last = hierarchy.mountPoint.split(separator: "/").last.map(String.init) ?? ""
            return CgroupMount(
                name: hierarchy.isV2 ? nil : last, source: hierarchy.directory(path), isV2: hierarchy.isV2,
                options: hierarchy.isV2
                    ? ""
                    : hierarchy.name.map { "none,name=\($0)" }
                        ?? hierarchy.controllers.sorted().joined(separator: ","))
        }
    }
}

/// See `Cgroup.entry`.
public struct CgroupEntry: Sendable, Hashable {
    /// v1: files to which the process itself writes `0`.
    public var selfJoinFiles: [String] = []
    /// v2: the directory for CLONE_INTO_CGROUP.
    public var cloneDirectory: String?
    /// Every hierarchy's `cgroup.procs`, to which anybody may write the process's id: slower, but for processes that
    /// exist already.
    public var procsPaths: [String] = []

    public init() {}
}

/// See `Cgroup.mounts`.
public struct CgroupMount: Sendable, Hashable {
    /// The directory below /sys/fs/cgroup, nil for /sys/fs/cgroup itself.
    public var name: String?
    /// The container's cgroup on the host.
    public var source: String
    public var isV2: Bool
    /// Mount options of a `cgroup` file system of v1, for a mount made inside a cgroup namespace.
    public var options: String
}
