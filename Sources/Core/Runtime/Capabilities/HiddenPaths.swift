/// Paths under /proc and /sys that a container that is not privileged may not see or not change.
///
/// Paths that do not exist on a host are to be passed over. The lists are those of Docker.
public enum HiddenPaths {
    /// Covered: a file by /dev/null, a directory by an empty read-only tmpfs.
    public static let masked = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]

    /// Bound on themselves and made read-only.
    public static let readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
}
