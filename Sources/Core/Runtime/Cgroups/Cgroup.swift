import LaunchPlan

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

    /// How a process enters this cgroup: the hierarchies in which it exists. On hosts with systemd and v1 systemd's own
    /// tree is to be entered too.
    public var entry: LaunchPlan.CgroupEntry {
        var entry = LaunchPlan.CgroupEntry()
        for hierarchy in layout.hierarchies {
            let directory = hierarchy.directory(path)
            guard ControlFile.exists(directory) else { continue }
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
