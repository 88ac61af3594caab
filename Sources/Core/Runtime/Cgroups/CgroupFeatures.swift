/// Which limits the running kernel has, as Docker's `info` reports them.
public struct CgroupFeatures: Sendable, Hashable {
    public var memoryLimit = false
    public var swapLimit = false
    public var memoryReservation = false
    public var oomKillDisable = false
    public var memorySwappiness = false
    public var cpuShares = false
    public var cpuQuota = false
    public var cpuRealtime = false
    public var cpuset = false
    public var pids = false
    public var blkioWeight = false
    public var blkioWeightDevice = false
    public var blkioThrottle = false
    public var freezer = false
    public var devices = false

    public init() {}

    init(v1 hierarchies: [CgroupHierarchy]) {
        func has(_ controller: String, _ file: String = "cgroup.procs") -> Bool {
            guard let hierarchy = hierarchies.first(where: { $0.controllers.contains(controller) }) else {
                return false
            }
            return ControlFile.exists(hierarchy.mountPoint + "/" + file)
        }
        memoryLimit = has("memory", "memory.limit_in_bytes")
        swapLimit = has("memory", "memory.memsw.limit_in_bytes")
        memoryReservation = has("memory", "memory.soft_limit_in_bytes")
        oomKillDisable = has("memory", "memory.oom_control")
        memorySwappiness = has("memory", "memory.swappiness")
        cpuShares = has("cpu", "cpu.shares")
        cpuQuota = has("cpu", "cpu.cfs_quota_us")
        cpuRealtime = has("cpu", "cpu.rt_runtime_us")
        cpuset = has("cpuset", "cpuset.cpus")
        pids = has("pids")
        blkioWeight = has("blkio", "blkio.weight") || has("blkio", "blkio.bfq.weight")
        blkioWeightDevice = has("blkio", "blkio.weight_device") || has("blkio", "blkio.bfq.weight_device")
        blkioThrottle = has("blkio", "blkio.throttle.read_bps_device")
        freezer = has("freezer")
        devices = has("devices", "devices.allow")
    }

    /// The root of a v2 tree has no limit files, so its list of controllers decides.
    init(v2 hierarchy: CgroupHierarchy) {
        let controllers = hierarchy.controllers
        memoryLimit = controllers.contains("memory")
        // Swap accounting can be off by a boot parameter or the kernel's build: /proc/swaps is then absent or the
        // memory.swap files are, which shows in the first cgroup below the root.
        swapLimit = memoryLimit && ControlFile.exists("/proc/swaps")
        memoryReservation = memoryLimit
        cpuShares = controllers.contains("cpu")
        cpuQuota = cpuShares
        cpuset = controllers.contains("cpuset")
        pids = controllers.contains("pids")
        blkioWeight = controllers.contains("io")
        blkioWeightDevice = blkioWeight
        blkioThrottle = blkioWeight
        freezer = true
        devices = true
    }
}
