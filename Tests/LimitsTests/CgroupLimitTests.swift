import Glibc
import Runtime
import Testing

@Suite(.enabled(if: hasV1, "needs root and v1 cgroups")) struct CgroupLimitTests {
    @Test func limitsAreReadBackAsTheyWereSet() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        var limits = CgroupLimits()
        limits.memory = 64 << 20
        limits.memorySwap = 96 << 20
        limits.memoryReservation = 32 << 20
        limits.memorySwappiness = 10
        limits.oomKillDisable = true
        limits.cpuShares = 512
        limits.nanoCPUs = 500_000_000
        limits.cpusetCPUs = "0"
        limits.cpusetMems = "0"
        limits.pidsLimit = 77
        let cgroup = try fixture.make("c", limits)
        #expect(try content(cgroup, "memory", "memory.limit_in_bytes") == "\(64 << 20)")
        #expect(try content(cgroup, "memory", "memory.soft_limit_in_bytes") == "\(32 << 20)")
        #expect(try content(cgroup, "memory", "memory.swappiness") == "10")
        #expect(try content(cgroup, "memory", "memory.oom_control").hasPrefix("oom_kill_disable 1 "))
        if fixture.layout.features.swapLimit {
            #expect(try content(cgroup, "memory", "memory.memsw.limit_in_bytes") == "\(96 << 20)")
        }
        #expect(try content(cgroup, "cpu", "cpu.shares") == "512")
        #expect(try content(cgroup, "cpu", "cpu.cfs_quota_us") == "50000")
        #expect(try content(cgroup, "cpu", "cpu.cfs_period_us") == "100000")
        #expect(try content(cgroup, "cpuset", "cpuset.cpus") == "0")
        #expect(try content(cgroup, "cpuset", "cpuset.mems") == "0")
        #expect(cgroup.statistics().pids?.limit == 77)
        #expect(cgroup.statistics().memory?.limit == 64 << 20)
    }

    @Test func updateMovesLimitsUpAndDownWhateverTheOrder() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        var limits = CgroupLimits()
        limits.memory = 64 << 20
        limits.cpuPeriod = 100_000
        limits.cpuQuota = 90_000
        let cgroup = try fixture.make("c", limits)
        for megabytes in [512, 32, 128] as [Int64] {
            limits.memory = megabytes << 20
            limits.memorySwap = megabytes << 21
            limits.cpuPeriod = megabytes * 1000
            limits.cpuQuota = megabytes * 2000
            try cgroup.update(limits)
            #expect(try content(cgroup, "memory", "memory.limit_in_bytes") == "\(megabytes << 20)")
            #expect(try content(cgroup, "cpu", "cpu.cfs_quota_us") == "\(megabytes * 2000)")
        }
        limits = CgroupLimits()
        limits.pidsLimit = -1
        try cgroup.update(limits)
        #expect(try content(cgroup, "pids", "pids.max") == "max")
        #expect(try content(cgroup, "memory", "memory.limit_in_bytes") == "\(128 << 20)", "unset stays as it is")
    }

    @Test func noMoreProcessesThanAllowedCanBeMade() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        var limits = CgroupLimits()
        limits.pidsLimit = 3
        let cgroup = try fixture.make("c", limits)
        let process = try start("sleep 60 & sleep 60 & sleep 60 & wait", in: cgroup)
        // The third fork is refused, at which the shell gives up.
        #expect(end(of: process) != 0)
        #expect(cgroup.statistics().pids?.current == 2)
        try cgroup.kill()
        try cgroup.remove()
    }

    @Test func aProcessThatTakesTooMuchMemoryIsKilledAndCounted() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        var limits = CgroupLimits()
        limits.memory = 16 << 20
        let cgroup = try fixture.make("c", limits)
        #expect(cgroup.oomKillCount() == 0)
        let path = try #require(cgroup.oomEventsPath)
        #expect(try ControlFile.read(path).contains("oom_kill 0\n"))
        // tail keeps the whole of a line without an end.
        let process = try start("exec tail /dev/zero", in: cgroup)
        #expect(end(of: process) == -SIGKILL)
        #expect(cgroup.oomKillCount() == 1)
        let memory = try #require(cgroup.statistics().memory)
        #expect(memory.failures > 0)
        #expect(memory.maxUsage ?? 0 > 8 << 20)
        #expect(memory.details["pgfault"] ?? 0 > 0)
    }

    @Test func aQuotaThrottles() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        var limits = CgroupLimits()
        limits.nanoCPUs = 100_000_000
        let cgroup = try fixture.make("c", limits)
        let process = try start("while :; do :; done", in: cgroup)
        #expect(eventually { cgroup.statistics().cpu?.throttledPeriods ?? 0 >= 2 })
        let cpu = try #require(cgroup.statistics().cpu)
        #expect(cpu.throttledTime > 0 && cpu.periods >= cpu.throttledPeriods)
        #expect(cpu.perCPU.count >= HostProcessors.online)
        #expect(try HostProcessors.totalTime() > cpu.total)
        try cgroup.kill()
        _ = end(of: process)
    }

    @Test func devicesBeyondTheRulesCannotBeOpened() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        let cgroup = try fixture.make("c", devices: .container(privileged: false))
        let node = "/tmp/berth-limits-node-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer { unlink(node) }
        // Making a node of /dev/kmsg is allowed, as is making any; reading from it is not.
        let script = "mknod \(node) c 1 11 || exit 3; exec 3< \(node) && exit 4; exit 5"
        #expect(
            end(of: try start("(\(script)); [ $? -ne 4 ] && [ -c \(node) ] && head -c 1 /dev/zero", in: cgroup)) == 0)
        let open = try fixture.make(
            "open", devices: .container(privileged: false, rules: [DeviceRule(parsing: "c 1:11 r")]))
        #expect(end(of: try start("exec 3< \(node)", in: open)) == 0)
    }
}
