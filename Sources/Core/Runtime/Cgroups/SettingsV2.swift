extension CgroupLimits {
    /// For the controllers of v2 (Documentation/admin-guide/cgroup-v2.rst of Linux).
    func settingsV2(_ features: CgroupFeatures) throws -> [CgroupSetting] {
        try memoryV2(features) + cpuV2(features) + cpusetSettings(features) + pidsSettings(features) + ioV2(features)
    }

    private func memoryV2(_ features: CgroupFeatures) -> [CgroupSetting] {
        guard features.memoryLimit else { return [] }
        var settings: [CgroupSetting] = []
        if memory != 0 { settings.append(CgroupSetting("memory", "memory.max", memory < 0 ? "max" : "\(memory)")) }
        if features.swapLimit, let total = totalWithSwap {
            // v1's limit is of both together, v2's of swap alone.
            settings.append(CgroupSetting("memory", "memory.swap.max", total < 0 ? "max" : "\(total - memory)"))
        }
        if memoryReservation != 0 { settings.append(CgroupSetting("memory", "memory.low", memoryReservation)) }
        return settings
    }

    private func cpuV2(_ features: CgroupFeatures) -> [CgroupSetting] {
        guard features.cpuQuota else { return [] }
        var settings: [CgroupSetting] = []
        if cpuShares != 0 { settings.append(CgroupSetting("cpu", "cpu.weight", Self.weight(ofShares: cpuShares))) }
        let (quota, period) = bandwidth
        if quota != 0 || period != 0 {
            // Without a period the kernel keeps the one it has.
            let most = quota > 0 ? "\(quota)" : "max"
            settings.append(CgroupSetting("cpu", "cpu.max", period != 0 ? "\(most) \(period)" : most))
        }
        return settings
    }

    /// Maps shares of 2…262144 on weights of 1…10000 in a straight line, as every runtime does since v2 came up.
    package static func weight(ofShares shares: Int64) -> Int64 {
        1 + (min(max(shares, 2), 262_144) - 2) * 9999 / 262_142
    }

    private func ioV2(_ features: CgroupFeatures) throws -> [CgroupSetting] {
        guard features.blkioThrottle else { return [] }
        var settings: [CgroupSetting] = []
        if blkioWeight != 0 {
            settings.append(CgroupSetting("io", "io.bfq.weight", blkioWeight))
            settings.append(CgroupSetting("io", "io.weight", "default \(1 + (UInt64(blkioWeight) - 10) * 9999 / 990)"))
        }
        for device in blkioWeightDevice {
            settings.append(CgroupSetting("io", "io.bfq.weight", "\(try device.deviceNumber()) \(device.rate)"))
        }
        for (key, rates) in [
            ("rbps", blkioDeviceReadBps), ("wbps", blkioDeviceWriteBps), ("riops", blkioDeviceReadIOps),
            ("wiops", blkioDeviceWriteIOps),
        ] {
            settings += try rates.map { CgroupSetting("io", "io.max", "\(try $0.deviceNumber()) \(key)=\($0.rate)") }
        }
        return settings
    }
}
