import Glibc
import Model

/// Where a container has the kernel's own files. What is hidden and protected there is so by name, and a process's
/// attributes are written there: nothing may lie over them that somebody else made.
enum KernelPlaces {
    /// What may be mounted over, as in runc: files that tools such as lxcfs make for each container.
    static let emulated: Set<String> = [
        "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps", "/proc/uptime",
        "/proc/loadavg", "/proc/slabinfo", "/proc/net/dev", "/proc/sys/kernel/ns_last_pid",
        "/proc/sys/crypto/fips_enabled",
    ]

    /// - Throws: `BerthError.invalid` for a mount at /proc, except a procfs, or below it. Where links of the image lead
    ///   is seen at the start.
    static func check(_ mount: ContainerMount) throws {
        if mount.destination == "/proc" {
            guard mount.kind == .bind, isProcfs(mount.source) else {
                throw refused(mount, "because it is not of type proc")
            }
        } else if mount.destination.hasPrefix("/proc/"), !emulated.contains(mount.destination) {
            throw refused(mount, "because it is inside /proc")
        }
    }

    /// A volume that nobody named: the image asks for it. Below /sys too it may hide what is real; a place for cgroups
    /// has been usual in images of systemd.
    static func checkAnonymous(_ mount: ContainerMount) throws {
        try check(mount)
        let path = mount.destination
        if path == "/sys" || path.hasPrefix("/sys/"), path != "/sys/fs/cgroup", !path.hasPrefix("/sys/fs/cgroup/") {
            throw refused(mount, "because it is inside /sys")
        }
    }

    private static func refused(_ mount: ContainerMount, _ why: String) -> BerthError {
        .invalid(
            "invalid mount config for type \"\(mount.kind.rawValue)\": invalid specification: "
                + "\"\(mount.destination)\" cannot be mounted \(why)")
    }

    /// The root of a procfs. The child that mounts it makes sure by the file system's type.
    private static func isProcfs(_ path: String) -> Bool {
        var status = stat()
        let rootInode = 1  // PROC_ROOT_INO
        return stat(path, &status) == 0 && Int(status.st_ino) == rootInode
            && access(path + "/self/mountinfo", F_OK) == 0
    }
}
