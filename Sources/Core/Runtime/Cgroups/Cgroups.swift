/// The control groups of this host (cgroups(7)).
public enum Cgroups {
    /// Controllers of v1 in whose hierarchies every container gets a cgroup, mounted together or apart.
    static let controllers: Set<String> = [
        "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids",
    ]

    /// Finds out how cgroups are mounted here, from /proc/self/mountinfo and what the mounts show.
    ///
    /// Takes well under a millisecond; call it once. Throws `ConfinementError.system` where there are no cgroups.
    public static func detect() throws -> CgroupLayout {
        try layout(
            mountinfo: ControlFile.read("/proc/self/mountinfo"),
            systemd: ControlFile.exists("/run/systemd/system"))
    }

    /// As `detect`, for a given content of mountinfo. With `systemd` the containers also get a cgroup where systemd
    /// keeps its own, so that it does not take them for part of the daemon's service.
    package static func layout(mountinfo: String, systemd: Bool) throws -> CgroupLayout {
        var v1: [CgroupHierarchy] = []
        var v2: CgroupHierarchy?
        var named: CgroupHierarchy?
        for mount in MountInfo.parse(mountinfo) {
            if mount.type == "cgroup2" {
                let present = ControlFile.readIfPresent(mount.mountPoint + "/cgroup.controllers") ?? ""
                let found = CgroupHierarchy(
                    mountPoint: mount.mountPoint, root: mount.root,
                    controllers: Set(present.split(whereSeparator: \.isWhitespace).map(String.init)), isV2: true)
                v2 = v2 ?? found
            } else if mount.type == "cgroup" {
                let options = Set(mount.superOptions.split(separator: ",").map(String.init))
                let present = options.intersection(controllers)
                let found = CgroupHierarchy(
                    mountPoint: mount.mountPoint, root: mount.root, controllers: present,
                    name: options.first { $0.hasPrefix("name=") }.map { String($0.dropFirst(5)) }, isV2: false)
                if !present.isEmpty && !v1.contains(where: { $0.controllers == present }) {
                    v1.append(found)
                } else if found.name == "systemd" {
                    named = named ?? found
                }
            }
        }
        if !v1.isEmpty {
            let extra = systemd ? [named, v2].compactMap { $0 } : []
            return CgroupLayout(version: .v1, hierarchies: v1 + extra, features: CgroupFeatures(v1: v1))
        }
        guard let v2 else {
            throw ConfinementError(kind: .system, message: "find cgroups in /proc/self/mountinfo: none is mounted")
        }
        return CgroupLayout(version: .v2, hierarchies: [v2], features: CgroupFeatures(v2: v2))
    }
}
