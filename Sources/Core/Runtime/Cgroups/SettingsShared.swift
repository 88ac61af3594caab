import Glibc

extension CgroupLimits {
    /// Bytes of memory and swap together, with Docker's default of twice the memory; nil where not limited.
    var totalWithSwap: Int64? {
        if memorySwap != 0 { return memorySwap }
        if memory > 0 { return memory > Int64.max / 2 ? Int64.max : memory * 2 }
        return nil
    }

    /// Microseconds of quota and period, 0 where unset.
    var bandwidth: (quota: Int64, period: Int64) {
        guard nanoCPUs > 0 else { return (cpuQuota, cpuPeriod) }
        let period: Int64 = 100_000
        return (nanoCPUs * period / 1_000_000_000, period)
    }

    func cpusetSettings(_ features: CgroupFeatures) -> [CgroupSetting] {
        guard features.cpuset else { return [] }
        return [("cpuset.cpus", cpusetCPUs), ("cpuset.mems", cpusetMems)].filter { !$0.1.isEmpty }
            .map { CgroupSetting("cpuset", $0.0, $0.1) }
    }

    func pidsSettings(_ features: CgroupFeatures) -> [CgroupSetting] {
        guard features.pids, let pidsLimit else { return [] }
        return [CgroupSetting("pids", "pids.max", pidsLimit > 0 ? "\(pidsLimit)" : "max")]
    }
}

extension CgroupLimits.DeviceRate {
    /// "major:minor" of the node at `path`. Throws `invalidParameter` where there is none.
    func deviceNumber() throws -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { throw ConfinementError.invalid("stat \(path): \(errorText(errno))") }
        guard status.st_mode & S_IFMT == S_IFBLK else {
            throw ConfinementError.invalid("\(path) is not a block device")
        }
        let number = DeviceNumber(UInt64(status.st_rdev))
        return "\(number.major):\(number.minor)"
    }
}
