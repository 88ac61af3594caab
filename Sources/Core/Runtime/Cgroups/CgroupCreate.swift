import Glibc

extension CgroupLayout {
    /// Makes the cgroup `parent`/`name` in every hierarchy and sets its limits and device policy.
    ///
    /// `parent` is made where it is absent, with everything on the way to it. What this host cannot limit is left out
    /// (see `warnings(for:)`). A cgroup of that name which is there already is taken over if no process is in it.
    /// Throws `ConfinementError`, after taking back what was made; the parent stays.
    public func create(
        parent: String, name: String, limits: CgroupLimits = CgroupLimits(), devices: DevicePolicy = .unrestricted
    ) throws -> Cgroup {
        let settings = try settings(for: limits)
        let cgroup = cgroup(parent: parent, name: name)
        do {
            for hierarchy in hierarchies {
                try make(cgroup.path, parent: normalized(parent), in: hierarchy)
            }
            try cgroup.apply(settings)
            try cgroup.restrict(devices)
        } catch {
            try? cgroup.remove(timeoutMilliseconds: 100)
            throw error
        }
        return cgroup
    }

    private func make(_ path: String, parent: String, in hierarchy: CgroupHierarchy) throws {
        let directory = hierarchy.directory(path)
        try PreparedParents.ensure(parent, in: hierarchy, isGone: false, prepareParent)
        if Self.makeDirectory(directory) != 0 {
            switch errno {
            case ENOENT:
                try PreparedParents.ensure(parent, in: hierarchy, isGone: true, prepareParent)
                guard Self.makeDirectory(directory) == 0 else {
                    throw ConfinementError.system("mkdir", directory, errno: errno)
                }
            case EEXIST:
                // What an earlier attempt left behind; rmdir succeeds only if nothing is inside.
                guard rmdir(directory) == 0, Self.makeDirectory(directory) == 0 else {
                    throw ConfinementError.system("mkdir", directory, errno: errno)
                }
            default:
                throw ConfinementError.system("mkdir", directory, errno: errno)
            }
        }
        // The hierarchy's root hands nothing down by itself, and is not ours to change.
        if parent.isEmpty { try fillProcessors(of: directory, from: hierarchy.mountPoint, hierarchy) }
    }

    /// On v1, a cgroup without CPUs or memory nodes gets those of the one above: no process could join it (cpusets(7)).
    private func fillProcessors(of directory: String, from above: String, _ hierarchy: CgroupHierarchy) throws {
        guard hierarchy.controllers.contains("cpuset"), !hierarchy.isV2 else { return }
        for file in ["/cpuset.cpus", "/cpuset.mems"] where try ControlFile.read(directory + file).trimmed.isEmpty {
            try ControlFile.write(directory + file, ControlFile.read(above + file).trimmed)
        }
    }

    /// mkdir(2). A container sees its cgroup, and all its users may look at it: the daemon's umask must not count.
    private static func makeDirectory(_ path: String) -> CInt {
        let result = mkdir(path, 0o755)
        return result == 0 ? chmod(path, 0o755) : result
    }

    /// Makes every directory of `parent`, so that its children can be limited: on v1 they inherit the set of CPUs and
    /// memory nodes, on v2 all controllers are handed down.
    private func prepareParent(_ parent: String, in hierarchy: CgroupHierarchy) throws {
        var directory = hierarchy.mountPoint
        if hierarchy.isV2 { try handDown(directory, hierarchy) }
        for component in parent.split(separator: "/") {
            let above = directory
            directory += "/" + component
            if Self.makeDirectory(directory) != 0 && errno != EEXIST {
                throw ConfinementError.system("mkdir", directory, errno: errno)
            }
            if hierarchy.isV2 { try handDown(directory, hierarchy) }
            try fillProcessors(of: directory, from: above, hierarchy)
            if hierarchy.controllers.contains("cpuset") && !hierarchy.isV2 {
                try ControlFile.write(directory + "/cgroup.clone_children", "1")
            }
        }
    }

    /// Enables in `directory` the controllers for its children (cgroup-v2.rst, "Enabling and Disabling").
    private func handDown(_ directory: String, _ hierarchy: CgroupHierarchy) throws {
        let file = directory + "/cgroup.subtree_control"
        let wanted = hierarchy.controllers.intersection(["cpu", "cpuset", "memory", "pids", "io"])
        let enabled = Set(try ControlFile.read(file).split(whereSeparator: \.isWhitespace).map(String.init))
        let missing = wanted.subtracting(enabled)
        if !missing.isEmpty {
            try ControlFile.write(file, missing.sorted().map { "+" + $0 }.joined(separator: " "))
        }
    }
}
