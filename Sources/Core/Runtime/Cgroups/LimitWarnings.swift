extension CgroupLimits {
    /// What of these limits a host with `features` does not have, in the words of Docker.
    func unsupported(by features: CgroupFeatures) -> [String] {
        var warnings: [String] = []
        func check(_ wanted: Bool, _ present: Bool, _ what: String, _ consequence: String) {
            if wanted && !present {
                warnings.append("Your kernel does not support \(what) or the cgroup is not mounted. \(consequence)")
            }
        }
        check(memory > 0, features.memoryLimit, "memory limit capabilities", "Limitation discarded.")
        check(
            memory > 0 && memorySwap != -1, features.swapLimit || !features.memoryLimit, "swap limit capabilities",
            "Memory limited without swap.")
        check(
            (memorySwappiness ?? -1) != -1, features.memorySwappiness, "memory swappiness capabilities",
            "Memory swappiness discarded.")
        check(
            memoryReservation > 0, features.memoryReservation, "memory soft limit capabilities",
            "Limitation discarded.")
        if oomKillDisable && !features.oomKillDisable {
            warnings.append("Your kernel does not support OomKillDisable. OomKillDisable discarded.")
        } else if oomKillDisable && memory == 0 {
            warnings.append(
                "OOM killer is disabled for the container, but no memory limit is set, "
                    + "this can result in the system running out of resources.")
        }
        check((pidsLimit ?? 0) > 0, features.pids, "PIDs limit capabilities", "PIDs limit discarded.")
        check(nanoCPUs > 0, features.cpuQuota, "CPU CFS scheduler", "CPU limit discarded.")
        check(cpuShares > 0, features.cpuShares, "CPU shares", "Shares discarded.")
        check(cpuPeriod > 0, features.cpuQuota, "CPU CFS scheduler", "CPU period discarded.")
        check(cpuQuota != 0, features.cpuQuota, "CPU CFS scheduler", "CPU quota discarded.")
        check(
            cpuRealtimePeriod != 0 || cpuRealtimeRuntime != 0, features.cpuRealtime, "CPU real-time scheduler",
            "CPU real-time limits discarded.")
        check(!cpusetCPUs.isEmpty || !cpusetMems.isEmpty, features.cpuset, "cpuset", "Cpuset discarded.")
        check(blkioWeight > 0, features.blkioWeight, "Block I/O weight", "Weight discarded.")
        check(
            !blkioWeightDevice.isEmpty, features.blkioWeightDevice, "Block I/O weight_device",
            "Weight-device discarded.")
        for (rates, name) in [
            (blkioDeviceReadBps, ("BPS Block I/O read", "Block I/O BPS read")),
            (blkioDeviceWriteBps, ("BPS Block I/O write", "Block I/O BPS write")),
            (blkioDeviceReadIOps, ("IOPS Block read", "Block I/O IOPS read")),
            (blkioDeviceWriteIOps, ("IOPS Block write", "Block I/O IOPS write")),
        ] {
            check(!rates.isEmpty, features.blkioThrottle, "\(name.0) limit", "\(name.1) limit discarded.")
        }
        return warnings
    }
}
