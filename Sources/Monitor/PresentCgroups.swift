import Glibc
import LaunchPlan

extension LaunchPlan.CgroupEntry {
    /// The same for a process that enters a container whose init has moved on: in place of the container's v2 cgroup the
    /// one below it that init is in now. An init that manages cgroups itself (systemd, an engine in a container) leaves
    /// its first one empty and puts controllers to use below, whereupon the kernel lets no process in: cgroups(7), "no
    /// internal processes".
    ///
    /// nil when init is where it was, or nowhere below.
    func present(with pid: Int32) -> LaunchPlan.CgroupEntry? {
        guard let cloneDirectory, let path = unifiedPath(of: pid),
            let below = part(of: path, belowLastNameOf: cloneDirectory)
        else { return nil }
        return LaunchPlan.CgroupEntry(selfJoinFiles: selfJoinFiles, cloneDirectory: cloneDirectory + below)
    }
}

/// The v2 cgroup of a process, as the `0::` line of `/proc/PID/cgroup` has it: proc_pid_cgroup(5).
private func unifiedPath(of pid: Int32) -> ArraySlice<UInt8>? {
    let file = open("/proc/\(pid)/cgroup", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = read(file, &buffer, buffer.count)
    let lines = buffer[..<max(count, 0)].split(separator: 0x0A)
    return lines.first { $0.starts(with: "0::/".utf8) }?.dropFirst(3)
}

/// `/init.scope` of `/x/ID/init.scope` and `…/ID`. The name is the container's own, so where the hierarchy is mounted,
/// and from which of its cgroups on, does not matter.
private func part(of path: ArraySlice<UInt8>, belowLastNameOf directory: String) -> String? {
    let components = path.split(separator: 0x2F)
    guard let name = directory.utf8.split(separator: 0x2F).last,
        let index = components.firstIndex(where: { $0.elementsEqual(name) })
    else { return nil }
    let below = components[(index + 1)...]
    guard !below.isEmpty else { return nil }
    return below.reduce(into: "") { $0 += "/" + String(decoding: $1, as: UTF8.self) }
}
