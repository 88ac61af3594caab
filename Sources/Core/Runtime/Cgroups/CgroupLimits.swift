/// What a container may use. 0, nil or an empty string mean: not limited, the kernel's default.
///
/// The fields have the names and units of Docker's HostConfig.
public struct CgroupLimits: Sendable, Hashable {
    /// Bytes.
    public var memory: Int64 = 0
    /// Bytes of memory and swap together; -1 for unlimited swap. 0 with `memory` set means twice `memory`.
    public var memorySwap: Int64 = 0
    /// Bytes: the soft limit.
    public var memoryReservation: Int64 = 0
    public var oomKillDisable = false
    /// 0 to 100; nil or -1 for the kernel's default. Only v1 has it.
    public var memorySwappiness: Int64?
    /// Relative weight, 2 to 262144; 1024 is the default.
    public var cpuShares: Int64 = 0
    /// Microseconds of CPU time in each `cpuPeriod`; -1 for no limit.
    public var cpuQuota: Int64 = 0
    /// Microseconds, 1000 to 1000000.
    public var cpuPeriod: Int64 = 0
    /// Billionths of a CPU; excludes `cpuQuota` and `cpuPeriod`.
    public var nanoCPUs: Int64 = 0
    /// Microseconds; v1 kernels with CONFIG_RT_GROUP_SCHED only.
    public var cpuRealtimePeriod: Int64 = 0
    public var cpuRealtimeRuntime: Int64 = 0
    /// A list such as `0-3,5`.
    public var cpusetCPUs = ""
    /// A list of memory nodes.
    public var cpusetMems = ""
    /// Processes and threads; 0, -1 or nil for no limit.
    public var pidsLimit: Int64?
    /// 10 to 1000.
    public var blkioWeight: UInt16 = 0
    public var blkioWeightDevice: [DeviceRate] = []
    /// Bytes a second.
    public var blkioDeviceReadBps: [DeviceRate] = []
    public var blkioDeviceWriteBps: [DeviceRate] = []
    /// Operations a second.
    public var blkioDeviceReadIOps: [DeviceRate] = []
    public var blkioDeviceWriteIOps: [DeviceRate] = []

    public init() {}

    /// A number for one block device, given by the host's path of its node.
    public struct DeviceRate: Sendable, Hashable {
        public var path: String
        public var rate: UInt64

        public init(path: String, rate: UInt64) {
            self.path = path
            self.rate = rate
        }
    }
}
