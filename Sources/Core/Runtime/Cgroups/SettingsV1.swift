extension CgroupLimits {
    /// For the controllers of v1 (Documentation/admin-guide/cgroup-v1 and scheduler/sched-bwc.rst of Linux).
    func settingsV1(_ features: CgroupFeatures) throws -> [CgroupSetting] {
        try memoryV1(features) + cpuV1(features) + cpusetSettings(features) + pidsSettings(features)
            + blkioV1(features)
    }

    private func memoryV1(_ features: CgroupFeatures) -> [CgroupSetting] {
        guard features.memoryLimit else { return [] }
        var settings: [CgroupSetting] = []
        if memory != 0 { settings.append(CgroupSetting("memory", "memory.limit_in_bytes", memory)) }
        if features.swapLimit, let total = totalWithSwap {
            settings.append(CgroupSetting("memory", "memory.memsw.limit_in_bytes", total))
        }
        if memoryReservation != 0 {
            settings.append(CgroupSetting("memory", "memory.soft_limit_in_bytes", memoryReservation))
        }
        if oomKillDisable { settings.append(CgroupSetting("memory", "memory.oom_control", 1)) }
        if let memorySwappiness, memorySwappiness >= 0 {
            settings.append(CgroupSetting("memory", "memory.swappiness", memorySwappiness))
        }
        return settings
    }

    private func cpuV1(_ features: CgroupFeatures) -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        if cpuShares != 0 { settings.append(CgroupSetting("cpu", "cpu.shares", cpuShares)) }
        let (quota, period) = bandwidth
        if period != 0 { settings.append(CgroupSetting("cpu", "cpu.cfs_period_us", period)) }
        if quota != 0 { settings.append(CgroupSetting("cpu", "cpu.cfs_quota_us", quota)) }
        if features.cpuRealtime {
            if cpuRealtimePeriod != 0 { settings.append(CgroupSetting("cpu", "cpu.rt_period_us", cpuRealtimePeriod)) }
            if cpuRealtimeRuntime != 0 {
                settings.append(CgroupSetting("cpu", "cpu.rt_runtime_us", cpuRealtimeRuntime))
            }
        }
        return settings
    }

    private func blkioV1(_ features: CgroupFeatures) throws -> [CgroupSetting] {
        var settings: [CgroupSetting] = []
        if features.blkioWeight && blkioWeight != 0 {
            // One of the two exists, by the scheduler: CFQ until Linux 5.0, BFQ since.
            settings.append(CgroupSetting("blkio", "blkio.weight", blkioWeight))
            settings.append(CgroupSetting("blkio", "blkio.bfq.weight", blkioWeight))
        }
        if features.blkioWeightDevice {
            for entry in try numbered(blkioWeightDevice) {
                settings.append(CgroupSetting("blkio", "blkio.weight_device", entry))
                settings.append(CgroupSetting("blkio", "blkio.bfq.weight_device", entry))
            }
        }
        if features.blkioThrottle {
            for (file, rates) in [
                ("read_bps_device", blkioDeviceReadBps), ("write_bps_device", blkioDeviceWriteBps),
                ("read_iops_device", blkioDeviceReadIOps), ("write_iops_device", blkioDeviceWriteIOps),
            ] {
                settings += try numbered(rates).map { CgroupSetting("blkio", "blkio.throttle.\(file)", $0) }
            }
        }
        return settings
    }

    private func numbered(_ rates: [DeviceRate]) throws -> [String] {
        try rates.map { "\(try $0.deviceNumber()) \($0.rate)" }
    }
}
