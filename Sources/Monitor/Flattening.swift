import CLinux
import Glibc
import LaunchPlan

/// A launch plan as the C structure that the child applies, with the descriptors it needs opened.
struct FlatLaunch {
    var launch = berth_launch()
    let arena = Arena()
    private var descriptors: [Int32] = []

    /// `stdio` are the child's ends, -1 for `/dev/null`; `channel` is its end of the report socket.
    /// Throws what could not be opened.
    init(_ plan: LaunchPlan, stdio: (Int32, Int32, Int32), channel: Int32) throws(Failure) {
        launch.channel = channel
        launch.stdio = stdio
        launch.pid_namespace = -1
        launch.cgroup = -1
        do throws(Failure) {
            if let target = plan.execTarget { try enter(target) } else { try makeNamespaces(plan) }
            if launch.pid_namespace >= 0 { try share() }
            try openCgroups(plan.cgroup)
            try setMounts(plan)
        } catch {
            closeDescriptors()
            throw error
        }
        setRoot(plan)
        setPaths(plan)
        setLimits(plan)
        setProcess(plan.process)
        setSeccomp(plan.process.seccomp)
        launch.terminal = plan.stdio.terminal
        launch.rows = plan.stdio.rows
        launch.columns = plan.stdio.columns
    }

    /// To be called when the child has ended, or has said all: not before `launch.process` was read.
    func closeDescriptors() {
        for descriptor in descriptors { close(descriptor) }
        berth_free_shared_number(launch.process)
    }

    /// What the last process, in a PID namespace of others, is made with.
    private mutating func share() throws(Failure) {
        launch.process = berth_shared_number()
        guard launch.process != nil else { throw Failure(purpose: "mmap", cause: errno) }
        withUnsafeMutablePointer(to: &launch.secret) {
            $0.withMemoryRebound(to: UInt64.self, capacity: 2) { berth_make_secret($0) }
        }
    }

    mutating func opened(_ path: String, _ flags: Int32, _ purpose: String) throws(Failure) -> Int32 {
        let descriptor = open(path, flags | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(purpose: "\(purpose) `\(path)`", cause: errno) }
        descriptors.append(descriptor)
        return descriptor
    }

    /// All namespaces of a running process, the mount namespace last: it changes what paths mean.
    private mutating func enter(_ target: LaunchPlan.ExecTarget) throws(Failure) {
        let order: [LaunchPlan.Namespace.Kind] = [.cgroup, .ipc, .uts, .network, .mount]
        launch.pid_namespace = try opened("/proc/\(target.pid)/ns/pid", O_RDONLY, "open namespace")
        var joins: [berth_join] = []
        for kind in order {
            let descriptor = try opened("/proc/\(target.pid)/ns/\(kind.file)", O_RDONLY, "open namespace")
            joins.append(berth_join(descriptor: descriptor, flag: kind.cloneFlag))
        }
        launch.joins = UnsafePointer(arena.array(joins))
        launch.join_count = joins.count
        try check(target)
    }

    /// After files of its were opened: a start time that fits says that they are the right process's.
    private func check(_ target: LaunchPlan.ExecTarget) throws(Failure) {
        if target.startTime != 0 && startTime(of: target.pid) != target.startTime { throw .ended(target.pid) }
    }

    private mutating func setMounts(_ plan: LaunchPlan) throws(Failure) {
        let pidOwner = plan.execTarget == nil ? plan.namespaces.first { $0.kind == .pid }?.owner : nil
        var steps: [berth_mount] = []
        for var mount in plan.mounts {
            var owner: Int32 = -1
            // A new one would be that of the namespace which its maker is in.
            let isJoinedProc = mount.type == "proc" && pidOwner != nil
            if isJoinedProc {
                (mount.source, mount.owner) = ("/proc", pidOwner)
                mount.flags |= LaunchPlan.MountFlag.bind
            }
            if let target = mount.owner {
                owner = try opened("/proc/\(target.pid)/ns/mnt", O_RDONLY, "open namespace")
                try check(target)
            }
            steps.append(
                berth_mount(
                    type: arena.string(mount.type), source: arena.string(mount.source),
                    target: arena.string(mount.target), data: arena.string(mount.data),
                    subpath: arena.optionalString(mount.subpath), owner: owner, flags: mount.flags,
                    propagation: mount.propagation.flag, recursive_read_only: mount.recursiveReadOnly,
                    optional: mount.optional, joined_proc: isJoinedProc))
        }
        launch.mounts = UnsafePointer(arena.array(steps))
        launch.mount_count = steps.count
    }

    private mutating func makeNamespaces(_ plan: LaunchPlan) throws(Failure) {
        var joins: [berth_join] = []
        for namespace in plan.namespaces {
            guard let path = namespace.path else {
                if namespace.kind == .cgroup {
                    launch.new_cgroup_namespace = true
                } else {
                    launch.clone_flags |= UInt64(namespace.kind.cloneFlag)
                }
                continue
            }
            let descriptor = try opened(path, O_RDONLY, "open namespace")
            if let owner = namespace.owner { try check(owner) }
            if namespace.kind == .pid {
                // A /proc of it comes from there alone.
                guard namespace.owner != nil else {
                    throw Failure(purpose: "join PID namespace `\(path)` of no known process", cause: EINVAL)
                }
                launch.pid_namespace = descriptor
            } else {
                joins.append(berth_join(descriptor: descriptor, flag: namespace.kind.cloneFlag))
            }
        }
        launch.joins = UnsafePointer(arena.array(joins))
        launch.join_count = joins.count
    }

    private mutating func openCgroups(_ entry: LaunchPlan.CgroupEntry) throws(Failure) {
        if let directory = entry.cloneDirectory {
            launch.cgroup = try opened(directory, BERTH_O_PATH | O_DIRECTORY, "open cgroup")
        }
        var files: [Int32] = []
        for file in entry.selfJoinFiles { files.append(try opened(file, O_WRONLY, "open cgroup")) }
        launch.cgroup_tasks = UnsafePointer(arena.array(files))
        launch.cgroup_count = files.count
    }

    /// Bytes that mount(2) has for options, the one at the end included.
    private static let mountOptions = 4096

    private mutating func setRoot(_ plan: LaunchPlan) {
        switch plan.root {
        case .overlay(let base, let lower, let upper, let work, let mountpoint, let options):
            launch.root = arena.string(mountpoint)
            launch.overlay_base = arena.optionalString(base)
            var text = "lowerdir="
            for (index, directory) in lower.enumerated() {
                if index > 0 { text += ":" }
                text += escaped(directory)
            }
            text += ",upperdir=" + escaped(upper) + ",workdir=" + escaped(work)
            if !options.isEmpty { text += "," + options }
            if options.isEmpty, text.utf8.count >= Self.mountOptions {
                launch.overlay_lower = UnsafePointer(arena.array(lower.map { Optional(arena.string($0)) }))
                launch.overlay_lower_count = lower.count
                launch.overlay_upper = arena.optionalString(escaped(upper))
                launch.overlay_work = arena.optionalString(escaped(work))
            } else {
                launch.overlay_options = arena.string(text)
            }
        case .directory(let path):
            launch.root = arena.string(path)
        case nil:
            break
        }
        launch.root_propagation = (plan.rootPropagation == .unchanged ? .private : plan.rootPropagation).flag
        launch.read_only_root = plan.readOnlyRoot
        launch.hostname = arena.optionalString(plan.hostname)
        launch.domainname = arena.optionalString(plan.domainname)
    }

    /// Colons and commas separate an overlay's options: a backslash keeps them in a name.
    private func escaped(_ path: String) -> String {
        guard path.utf8.contains(where: { $0 == 0x3A || $0 == 0x2C || $0 == 0x5C }) else { return path }
        var bytes: [UInt8] = []
        for byte in path.utf8 {
            if byte == 0x3A || byte == 0x2C || byte == 0x5C { bytes.append(0x5C) }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private mutating func setPaths(_ plan: LaunchPlan) {
        let arena = self.arena
        launch.masked = UnsafePointer(arena.array(plan.maskedPaths.map { Optional(arena.string($0)) }))
        launch.masked_count = plan.maskedPaths.count
        launch.read_only = UnsafePointer(arena.array(plan.readOnlyPaths.map { Optional(arena.string($0)) }))
        launch.read_only_count = plan.readOnlyPaths.count
        launch.sysctls = UnsafePointer(
            arena.array(
                plan.sysctls.map { setting in
                    berth_setting(name: arena.string(sysctlPath(setting.name)), value: arena.string(setting.value))
                }))
        launch.sysctl_count = plan.sysctls.count
        launch.devices = UnsafePointer(
            arena.array(
                plan.devices.map { device in
                    berth_device(
                        path: arena.string(device.path), host_path: arena.string(device.hostPath),
                        mode: device.mode & 0o7777 | device.kind.fileType, major: device.major, minor: device.minor,
                        uid: device.uid, gid: device.gid)
                }))
        launch.device_count = plan.devices.count
        launch.links = UnsafePointer(
            arena.array(
                plan.links.map { link in
                    berth_setting(name: arena.string(link.name), value: arena.string(link.value))
                }))
        launch.link_count = plan.links.count
    }

    private mutating func setLimits(_ plan: LaunchPlan) {
        launch.reaper = plan.reaper && plan.execTarget == nil
        launch.oom_score = arena.string("\(plan.oomScoreAdjust)")
        launch.rlimits = UnsafePointer(
            arena.array(
                plan.rlimits.map { limit in
                    berth_rlimit(resource: limit.resource, soft: limit.soft, hard: limit.hard)
                }))
        launch.rlimit_count = plan.rlimits.count
    }
}

/// `net.ipv4.ip_forward` → `/proc/sys/net/ipv4/ip_forward`; a name that has slashes already keeps its dots.
func sysctlPath(_ name: String) -> String {
    if name.utf8.contains(0x2F) { return "/proc/sys/" + name }
    return "/proc/sys/" + String(decoding: name.utf8.map { $0 == 0x2E ? 0x2F : $0 }, as: UTF8.self)
}
