import Glibc
import Synchronization

/// Takes the wait out of joining v1 cgroups.
///
/// A write to `cgroup.procs` takes a kernel lock for which the first writer waits out a grace period of RCU: 5 to 15 ms
/// on a quiet machine. Those who follow within some 20 ms do not wait. So when a start is coming, this process is written
/// into the cgroup it is in already, which changes nothing and has the wait over early. (A v2 cgroup is cloned into,
/// without that lock.)
public final class CgroupJoin: Sendable {
    private let layout: CgroupLayout
    private let busy = Atomic(false)

    public init(layout: CgroupLayout) { self.layout = layout }

    /// Whether there is such a wait.
    public var isNeeded: Bool { layout.version == .v1 }

    /// Blocks for as long as the kernel waits: for a thread that has the time, as soon as it is known that a process is
    /// to be started. Any thread, at any time; a call during another returns at once, as does one that is not needed.
    public func prepare() {
        guard isNeeded, let directory = ownDirectory() else { return }
        guard busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else { return }
        defer { busy.store(false, ordering: .releasing) }
        let file = open(directory + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, "0", 1)
        close(file)
    }

    /// The directory of the cgroup this process is in, in some v1 hierarchy: proc_pid_cgroup(5). It is looked up each
    /// time, so that a process which somebody has moved is never moved back.
    private func ownDirectory() -> String? {
        guard let text = ControlFile.readIfPresent("/proc/self/cgroup") else { return nil }
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, fields[0] != "0" else { continue }
            let controllers = Set(fields[1].split(separator: ",").map(String.init))
            guard
                let hierarchy = layout.hierarchies.first(where: {
                    !$0.isV2 && !$0.controllers.isEmpty && $0.controllers == controllers && $0.root == "/"
                })
            else { continue }
            return hierarchy.directory(fields[2] == "/" ? "" : String(fields[2]))
        }
        return nil
    }
}
