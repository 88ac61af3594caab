/// Paths under /proc and /sys that a container that is not privileged may not see or not change.
///
/// Paths that do not exist on a host are to be passed over. The lists are those of Docker.
public enum HiddenPaths {
    /// Covered: a file by /dev/null, a directory by an empty read-only tmpfs.
    ///
    /// The counters of each CPU's thermal throttling tell as much about other containers as /proc/interrupts does. Few
    /// hosts have them, and they do not change while one runs: which there are is found out once.
    public static let masked =
        [
            "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
            "/sys/devices/virtual/powercap",
        ] + throttleCounters(cpus: "/sys/devices/system/cpu")

    /// Bound on themselves and made read-only.
    public static let readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    /// The directories `cpuN/thermal_throttle` that exist for the CPUs which the file `possible` in `cpus` lists.
    package static func throttleCounters(cpus: String) -> [String] {
        let possible = ControlFile.readIfPresent(cpus + "/possible").flatMap { NumberList($0.trimmed) }
        return (possible?.numbers.sorted() ?? []).map { "\(cpus)/cpu\($0)/thermal_throttle" }
            .filter(ControlFile.exists)
    }
}
