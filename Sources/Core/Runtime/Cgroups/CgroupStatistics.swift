/// What a cgroup has used, as far as its controllers count it.
public struct CgroupStatistics: Sendable, Hashable {
    public var memory: Memory?
    public var cpu: CPU?
    public var pids: Pids?
    public var blkio: Blkio?

    /// Bytes.
    public struct Memory: Sendable, Hashable {
        public var usage: UInt64 = 0
        /// The most it ever was; nil where the kernel does not keep it.
        public var maxUsage: UInt64?
        /// How often the limit was hit.
        public var failures: UInt64 = 0
        /// nil for no limit.
        public var limit: UInt64?
        /// `memory.stat`, with the kernel's keys.
        public var details: [String: UInt64] = [:]
    }

    /// Nanoseconds.
    public struct CPU: Sendable, Hashable {
        public var total: UInt64 = 0
        public var user: UInt64 = 0
        public var system: UInt64 = 0
        /// For each CPU; only v1 has it.
        public var perCPU: [UInt64] = []
        public var periods: UInt64 = 0
        public var throttledPeriods: UInt64 = 0
        public var throttledTime: UInt64 = 0
    }

    public struct Pids: Sendable, Hashable {
        public var current: UInt64 = 0
        /// nil for no limit.
        public var limit: UInt64?
    }

    public struct Blkio: Sendable, Hashable {
        /// Bytes by device and operation.
        public var serviceBytes: [Entry] = []
        /// Number of operations by device and operation.
        public var serviced: [Entry] = []

        public struct Entry: Sendable, Hashable {
            public var major: UInt64
            public var minor: UInt64
            /// `Read`, `Write`, `Sync`, `Async`, `Discard` or `Total` on v1, `read` or `write` on v2.
            public var operation: String
            public var value: UInt64
        }
    }

    public init() {}
}
