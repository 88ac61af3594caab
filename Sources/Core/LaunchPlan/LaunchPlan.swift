/// Everything needed to run one process: a container's init, or a process in a container that runs already.
///
/// A flat value. The daemon fills it, the monitor applies it without asking anything back. It names only things that
/// exist when the monitor starts (paths on the host, cgroups that were made, a network namespace that was set up).
public struct LaunchPlan: Sendable, Equatable {
    /// The container whose process this is: for messages alone.
    public var containerID: String
    /// nil for a container's init; the running container to enter for an exec.
    public var execTarget: ExecTarget?
    /// Namespaces to make or to join; one that is not listed is shared with the host.
    /// Ignored for an exec, which joins all of the target's.
    public var namespaces: [Namespace] = []
    /// Set in the new UTS namespace; empty leaves it as it is.
    public var hostname = ""
    public var domainname = ""
    /// The container's root; nil for an exec.
    public var root: Root?
    public var readOnlyRoot = false
    /// How mounts of the host travel into the container's mount namespace: `.slave` or `.private` as a rule.
    public var rootPropagation = Propagation.private
    /// Mounts in the order to be made, the standard ones (`/proc`, `/dev`, …) among them.
    public var mounts: [Mount] = []
    /// Absolute paths in the container, hidden below an empty file or directory; absent ones are passed over.
    public var maskedPaths: [String] = []
    /// Absolute paths in the container, made read-only; absent ones are passed over.
    public var readOnlyPaths: [String] = []
    /// `net.ipv4.ip_forward` = `1`, written to `/proc/sys` within the new namespaces.
    public var sysctls: [Setting] = []
    /// Device nodes to make in the container.
    public var devices: [Device] = []
    /// Symbolic links to make in the container, path = link, value = where it points.
    public var links: [Setting] = []
    public var cgroup = CgroupEntry()
    /// Run a reaper as process 1 of the container, with the process as its child (`docker run --init`).
    public var reaper = false
    /// The value for `/proc/PID/oom_score_adj`: -1000…1000.
    public var oomScoreAdjust: Int32 = 0
    public var rlimits: [Rlimit] = []
    public var process: Process
    public var stdio = Stdio()
    public var log = Log()
    /// Where the monitor writes `ExitStatus` when the process has ended; empty for nowhere.
    public var exitFile = ""
    /// File whose `oom_kill N` line counts the cgroup's OOM kills: v1 `memory.oom_control`, v2 `memory.events`.
    public var oomFile = ""
    /// Where the monitor's socket is, to be made there anew when its file is lost; empty for never.
    public var socket = ""

    public init(containerID: String, process: Process) {
        self.containerID = containerID
        self.process = process
    }

    /// A running container to enter.
    public struct ExecTarget: Sendable, Equatable {
        /// The container's init as the host numbers it.
        public var pid: Int32
        /// Field 22 of `/proc/PID/stat` (see proc_pid_stat(5)), as `RunningProcess.startTime` has it: the plan is
        /// refused when the number now belongs to another process. 0 leaves that out.
        public var startTime: UInt64

        public init(pid: Int32, startTime: UInt64) {
            self.pid = pid
            self.startTime = startTime
        }
    }

    /// How a process enters its cgroups: cgroups(7).
    ///
    /// On v1 by writing `0` *itself, while it has one thread*, to each of `selfJoinFiles`. These are the `tasks` files and
    /// not `cgroup.procs`, because a task that moves itself does not take the kernel's lock over all thread groups, the
    /// first of which waits some milliseconds for a grace period. On v2 by clone3(2) with CLONE_INTO_CGROUP and a
    /// descriptor of `cloneDirectory`, for the same reason; where clone3 is not to be had, by a write of `0` to the
    /// `cgroup.procs` in that directory. Both are filled where a host has both.
    public struct CgroupEntry: Sendable, Hashable {
        public var selfJoinFiles: [String]
        public var cloneDirectory: String?

        public init(selfJoinFiles: [String] = [], cloneDirectory: String? = nil) {
            self.selfJoinFiles = selfJoinFiles
            self.cloneDirectory = cloneDirectory
        }
    }

    /// A name and its value.
    public struct Setting: Sendable, Equatable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A resource limit of setrlimit(2); a hard limit above what the daemon may give is lowered to that, with a warning.
    public struct Rlimit: Sendable, Equatable {
        /// `RLIMIT_NOFILE` and so on, as the kernel numbers them.
        public var resource: Int32
        public var soft: UInt64
        public var hard: UInt64

        public init(resource: Int32, soft: UInt64, hard: UInt64) {
            self.resource = resource
            self.soft = soft
            self.hard = hard
        }
    }
}
