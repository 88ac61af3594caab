import Glibc

/// The processors of this host, for comparing a container's use with the whole.
public enum HostProcessors {
    /// How many are on line.
    public static var online: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// Nanoseconds that all CPUs together have run since boot, idle time included: Docker's `system_cpu_usage`.
    /// The sum of the first seven columns of the first line of /proc/stat (proc_stat(5)). Throws where /proc is absent.
    public static func totalTime() throws -> UInt64 {
        let text = try ControlFile.read("/proc/stat")
        let line = text.prefix { $0 != "\n" }
        let ticks = line.split(separator: " ").dropFirst().prefix(7).reduce(UInt64(0)) { $0 + (UInt64($1) ?? 0) }
        return ticks * (1_000_000_000 / UInt64(max(1, sysconf(Int32(_SC_CLK_TCK)))))
    }
}
