extension CgroupLayout {
    /// Checks limits when a container is created or updated, before anything is changed.
    ///
    /// Returns a warning, in Docker's words, for each limit that this host does not have and that will be left out.
    /// Throws `ConfinementError.Kind.invalidParameter` with Docker's text for a value that cannot be meant.
    public func warnings(for limits: CgroupLimits) throws -> [String] {
        try limits.check(processors: HostProcessors.online)
        try limits.checkSets(
            cpus: online("/sys/devices/system/cpu/online"), mems: online("/sys/devices/system/node/online"))
        try limits.checkDevices()
        return limits.unsupported(by: features)
    }

    private func online(_ path: String) -> String {
        (ControlFile.readIfPresent(path) ?? "0").trimmed
    }
}

extension CgroupLimits {
    private static let sixMebibytes: Int64 = 6 << 20

    /// Checks the numbers alone, on a host with so many processors. Throws as `CgroupLayout.warnings(for:)`.
    package func check(processors: Int) throws {
        try checkMemory()
        try checkCPU(available: processors)
        try checkWeights()
    }

    private func checkMemory() throws {
        if memory != 0 && memory < Self.sixMebibytes {
            throw ConfinementError.invalid("Minimum memory limit allowed is 6MB")
        }
        if memory > 0 && memorySwap > 0 && memorySwap < memory {
            throw ConfinementError.invalid(
                "Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if memory == 0 && memorySwap > 0 {
            throw ConfinementError.invalid(
                "You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if memorySwap < -1 {
            throw ConfinementError.invalid("Invalid value: \(memorySwap), memoryswap must be positive, 0 or -1")
        }
        if let memorySwappiness, !(-1...100).contains(memorySwappiness) {
            throw ConfinementError.invalid(
                "Invalid value: \(memorySwappiness), valid memory swappiness range is 0-100")
        }
        if memoryReservation != 0 && memoryReservation < Self.sixMebibytes {
            throw ConfinementError.invalid("Minimum memory reservation allowed is 6MB")
        }
        if memory > 0 && memoryReservation > 0 && memory < memoryReservation {
            throw ConfinementError.invalid(
                "Minimum memory limit can not be less than memory reservation limit, see usage")
        }
    }

    private func checkCPU(available: Int) throws {
        if nanoCPUs > 0 && cpuPeriod > 0 {
            throw ConfinementError.invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set.")
        }
        if nanoCPUs > 0 && cpuQuota > 0 {
            throw ConfinementError.invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set.")
        }
        if nanoCPUs < 0 || nanoCPUs > Int64(available) * 1_000_000_000 || (1..<10_000_000).contains(nanoCPUs) {
            throw ConfinementError.invalid(
                "Range of CPUs is from 0.01 to \(available).00, as there are only \(available) CPUs available")
        }
        if cpuShares < 0 {
            throw ConfinementError.invalid("invalid CPU shares (\(cpuShares)): value must be a positive integer")
        }
        if cpuPeriod != 0 && !(1000...1_000_000).contains(cpuPeriod) {
            throw ConfinementError.invalid(
                "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if cpuQuota > 0 && cpuQuota < 1000 {
            throw ConfinementError.invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)")
        }
        if cpuQuota < -1 {
            throw ConfinementError.invalid("invalid CPU cfs quota (\(cpuQuota)): value must be positive, 0 or -1")
        }
        if cpuRealtimePeriod != 0 && cpuRealtimeRuntime > cpuRealtimePeriod {
            throw ConfinementError.invalid("cpu real-time runtime cannot be higher than cpu real-time period")
        }
    }

    fileprivate func checkSets(cpus: String, mems: String) throws {
        for (wanted, kind, names, present) in [
            (cpusetCPUs, "cpus", "CPUs", cpus), (cpusetMems, "mems", "memory nodes", mems),
        ] {
            guard let list = NumberList(wanted) else {
                throw ConfinementError.invalid("Invalid value \(wanted) for cpuset \(kind)")
            }
            if let all = NumberList(present), !list.numbers.isSubset(of: all.numbers) {
                throw ConfinementError.invalid(
                    "Requested \(names) are not available - requested \(wanted), available: \(present)")
            }
        }
    }

    private func checkWeights() throws {
        if blkioWeight != 0 && !(10...1000).contains(blkioWeight) {
            throw ConfinementError.invalid("Range of blkio weight is from 10 to 1000")
        }
        if let wrong = blkioWeightDevice.first(where: { !(10...1000).contains($0.rate) }) {
            throw ConfinementError.invalid(
                "Range of blkio weight is from 10 to 1000, not \(wrong.rate) (\(wrong.path))")
        }
    }

    fileprivate func checkDevices() throws {
        for rate in blkioWeightDevice + blkioDeviceReadBps + blkioDeviceWriteBps + blkioDeviceReadIOps
            + blkioDeviceWriteIOps
        {
            _ = try rate.deviceNumber()
        }
    }
}
