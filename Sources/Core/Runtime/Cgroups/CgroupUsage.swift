extension Cgroup {
    /// Reads what the cgroup uses now. Parts whose controller is absent are nil; never throws, as a container may end
    /// at any moment.
    public func statistics() -> CgroupStatistics {
        var statistics = CgroupStatistics()
        if layout.version == .v1 {
            statistics.memory = memoryV1()
            statistics.cpu = cpuV1()
            statistics.blkio = blkioV1()
        } else {
            statistics.memory = memoryV2()
            statistics.cpu = cpuV2()
            statistics.blkio = ioV2()
        }
        if let current = number("pids", "pids.current") {
            statistics.pids = .init(current: current, limit: number("pids", "pids.max"))
        }
        return statistics
    }

    private func text(_ controller: String, _ file: String) -> String? {
        directory(of: controller).flatMap { ControlFile.readIfPresent($0 + "/" + file) }
    }

    /// nil also for "max".
    private func number(_ controller: String, _ file: String) -> UInt64? {
        text(controller, file).flatMap { UInt64($0.trimmed) }
    }

    private func memoryV1() -> CgroupStatistics.Memory? {
        guard let usage = number("memory", "memory.usage_in_bytes") else { return nil }
        var memory = CgroupStatistics.Memory()
        memory.usage = usage
        memory.maxUsage = number("memory", "memory.max_usage_in_bytes")
        memory.failures = number("memory", "memory.failcnt") ?? 0
        // "No limit" is the greatest multiple of a page that fits a signed number.
        memory.limit = number("memory", "memory.limit_in_bytes").flatMap { $0 >= 1 << 62 ? nil : $0 }
        memory.details = KeyedFile(text("memory", "memory.stat") ?? "").values
        return memory
    }

    private func memoryV2() -> CgroupStatistics.Memory? {
        guard let usage = number("memory", "memory.current") else { return nil }
        var memory = CgroupStatistics.Memory()
        memory.usage = usage
        memory.maxUsage = number("memory", "memory.peak")
        memory.failures = KeyedFile(text("memory", "memory.events") ?? "")["max"] ?? 0
        memory.limit = number("memory", "memory.max")
        memory.details = KeyedFile(text("memory", "memory.stat") ?? "").values
        return memory
    }

    private func cpuV1() -> CgroupStatistics.CPU? {
        guard let total = number("cpuacct", "cpuacct.usage") else { return nil }
        var cpu = CgroupStatistics.CPU()
        cpu.total = total
        cpu.user = number("cpuacct", "cpuacct.usage_user") ?? 0
        cpu.system = number("cpuacct", "cpuacct.usage_sys") ?? 0
        cpu.perCPU = (text("cpuacct", "cpuacct.usage_percpu") ?? "").split(whereSeparator: \.isWhitespace)
            .compactMap { UInt64($0) }
        let throttling = KeyedFile(text("cpu", "cpu.stat") ?? "")
        cpu.periods = throttling["nr_periods"] ?? 0
        cpu.throttledPeriods = throttling["nr_throttled"] ?? 0
        cpu.throttledTime = throttling["throttled_time"] ?? 0
        return cpu
    }

    private func cpuV2() -> CgroupStatistics.CPU? {
        guard let file = ControlFile.readIfPresent(layout.hierarchies[0].directory(path) + "/cpu.stat") else {
            return nil
        }
        let values = KeyedFile(file)
        var cpu = CgroupStatistics.CPU()
        // v2 counts in microseconds.
        cpu.total = (values["usage_usec"] ?? 0) * 1000
        cpu.user = (values["user_usec"] ?? 0) * 1000
        cpu.system = (values["system_usec"] ?? 0) * 1000
        cpu.periods = values["nr_periods"] ?? 0
        cpu.throttledPeriods = values["nr_throttled"] ?? 0
        cpu.throttledTime = (values["throttled_usec"] ?? 0) * 1000
        return cpu
    }

    private func blkioV1() -> CgroupStatistics.Blkio? {
        guard layout.hierarchy(of: "blkio") != nil else { return nil }
        var blkio = CgroupStatistics.Blkio()
        for scheduler in ["bfq", "throttle"] {
            guard let bytes = text("blkio", "blkio.\(scheduler).io_service_bytes_recursive") else { continue }
            blkio.serviceBytes = BlkioFile.entriesV1(bytes)
            blkio.serviced = BlkioFile.entriesV1(text("blkio", "blkio.\(scheduler).io_serviced_recursive") ?? "")
            if !blkio.serviceBytes.isEmpty { break }
        }
        return blkio
    }

    private func ioV2() -> CgroupStatistics.Blkio? {
        guard let file = text("io", "io.stat") else { return nil }
        var blkio = CgroupStatistics.Blkio()
        blkio.serviceBytes = BlkioFile.entriesV2(file, ["rbytes": "read", "wbytes": "write"])
        blkio.serviced = BlkioFile.entriesV2(file, ["rios": "read", "wios": "write"])
        return blkio
    }
}
