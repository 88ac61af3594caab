import Model
import Runtime

extension CgroupLimits {
    /// The limits among what a client asks of the host. Whether they can be meant is `check`'s to say, and whether this
    /// host has them `CgroupLayout.warnings`'s.
    /// - Throws: `BerthError.invalid` for a weight that is out of all ranges.
    package init(_ host: HostConfig) throws {
        self.init()
        memory = host.memory
        memorySwap = host.memorySwap
        memoryReservation = host.memoryReservation
        oomKillDisable = host.oomKillDisable ?? false
        memorySwappiness = host.memorySwappiness
        cpuShares = host.cpuShares
        cpuQuota = host.cpuQuota
        cpuPeriod = host.cpuPeriod
        nanoCPUs = host.nanoCpus
        cpuRealtimePeriod = host.cpuRealtimePeriod
        cpuRealtimeRuntime = host.cpuRealtimeRuntime
        cpusetCPUs = host.cpusetCpus
        cpusetMems = host.cpusetMems
        pidsLimit = host.pidsLimit
        guard let weight = UInt16(exactly: host.blkioWeight) else {
            throw BerthError.invalid("Range of blkio weight is from 10 to 1000")
        }
        blkioWeight = weight
        blkioWeightDevice = host.blkioWeightDevice.map { .init(path: $0.path, rate: UInt64(clamping: $0.weight)) }
        blkioDeviceReadBps = Self.rates(host.blkioDeviceReadBps)
        blkioDeviceWriteBps = Self.rates(host.blkioDeviceWriteBps)
        blkioDeviceReadIOps = Self.rates(host.blkioDeviceReadIOps)
        blkioDeviceWriteIOps = Self.rates(host.blkioDeviceWriteIOps)
    }

    private static func rates(_ devices: [ThrottleDevice]) -> [DeviceRate] {
        devices.map { .init(path: $0.path, rate: UInt64(clamping: $0.rate)) }
    }
}
