import Runtime
import Testing

/// What is worked out without touching the kernel: how limits become settings, what is refused, what is warned of.
@Suite struct CgroupSettingTests {
    private func layout(_ version: CgroupLayout.Version, _ change: (inout CgroupFeatures) -> Void = { _ in })
        -> CgroupLayout
    {
        var features = CgroupFeatures()
        features.memoryLimit = true
        features.swapLimit = true
        features.cpuQuota = true
        features.cpuShares = true
        features.cpuset = true
        features.pids = true
        features.blkioThrottle = true
        change(&features)
        return CgroupLayout(version: version, hierarchies: [], features: features)
    }

    private func written(_ limits: CgroupLimits, _ layout: CgroupLayout) throws -> [String: String] {
        try Dictionary(layout.settings(for: limits).map { ($0.file, $0.value) }) { $1 }
    }

    @Test func v2HasItsOwnUnits() throws {
        var limits = CgroupLimits()
        limits.memory = 100 << 20
        limits.memorySwap = 150 << 20
        limits.memoryReservation = 50 << 20
        limits.cpuShares = 1024
        limits.nanoCPUs = 1_500_000_000
        limits.pidsLimit = 0
        #expect(
            try written(limits, layout(.v2)) == [
                "memory.max": "\(100 << 20)", "memory.swap.max": "\(50 << 20)", "memory.low": "\(50 << 20)",
                "cpu.weight": "39", "cpu.max": "150000 100000", "pids.max": "max",
            ])
    }

    @Test func swapIsTwiceTheMemoryUnlessSaidOtherwise() throws {
        var limits = CgroupLimits()
        limits.memory = 100 << 20
        #expect(try written(limits, layout(.v1))["memory.memsw.limit_in_bytes"] == "\(200 << 20)")
        #expect(try written(limits, layout(.v2))["memory.swap.max"] == "\(100 << 20)")
        limits.memorySwap = -1
        #expect(try written(limits, layout(.v1))["memory.memsw.limit_in_bytes"] == "-1")
        #expect(try written(limits, layout(.v2))["memory.swap.max"] == "max")
        limits.memorySwap = limits.memory
        #expect(try written(limits, layout(.v2))["memory.swap.max"] == "0")
    }

    @Test(arguments: [(2, 1), (1024, 39), (262_144, 10_000), (1, 1), (1_000_000, 10_000)] as [(Int64, Int64)])
    func sharesBecomeWeights(shares: Int64, weight: Int64) {
        #expect(CgroupLimits.weight(ofShares: shares) == weight)
    }

    @Test func whatTheHostLacksIsLeftOutWithAWarning() throws {
        var limits = CgroupLimits()
        limits.memory = 100 << 20
        let host = layout(.v1) { $0.swapLimit = false }
        #expect(
            try host.warnings(for: limits) == [
                "Your kernel does not support swap limit capabilities or the cgroup is not mounted. "
                    + "Memory limited without swap."
            ])
        #expect(try written(limits, host) == ["memory.limit_in_bytes": "\(100 << 20)"])
        #expect(try layout(.v1).warnings(for: limits).isEmpty)
        limits.oomKillDisable = true
        #expect(try layout(.v2).warnings(for: limits).count == 1)
    }

    struct Refusal: Sendable {
        var words: String
        var limits = CgroupLimits()

        init(_ words: String, _ change: (inout CgroupLimits) -> Void) {
            self.words = words
            change(&limits)
        }
    }

    static let refusals = [
        Refusal("Minimum memory limit allowed is 6MB") { $0.memory = 1 << 20 },
        Refusal("Minimum memoryswap limit should be larger than memory limit") {
            $0.memory = 9 << 20; $0.memorySwap = 7 << 20
        },
        Refusal("You should always set the Memory limit when using Memoryswap limit") { $0.memorySwap = 7 << 20 },
        Refusal("Invalid value: 101, valid memory swappiness range is 0-100") { $0.memorySwappiness = 101 },
        Refusal("can not be less than memory reservation limit") {
            $0.memory = 8 << 20; $0.memoryReservation = 9 << 20
        },
        Refusal("Range of CPUs is from 0.01 to") { $0.nanoCPUs = 9_000_000_000_000 },
        Refusal("Nano CPUs and CPU Period cannot both be set") {
            $0.nanoCPUs = 1_000_000_000; $0.cpuPeriod = 5000
        },
        Refusal("CPU cfs period can not be less than 1ms") { $0.cpuPeriod = 10 },
        Refusal("CPU cfs quota can not be less than 1ms") { $0.cpuQuota = 10 },
        Refusal("Invalid value 1-x for cpuset cpus") { $0.cpusetCPUs = "1-x" },
        Refusal("Requested CPUs are not available - requested 0,4095, available: 0") { $0.cpusetCPUs = "0,4095" },
        Refusal("Requested memory nodes are not available - requested 77") { $0.cpusetMems = "77" },
        Refusal("Range of blkio weight is from 10 to 1000") { $0.blkioWeight = 5 },
        Refusal("/dev/null is not a block device") { $0.blkioDeviceReadBps = [.init(path: "/dev/null", rate: 1)] },
        Refusal("stat /dev/absent: No such file") { $0.blkioDeviceWriteIOps = [.init(path: "/dev/absent", rate: 1)] },
    ]

    @Test(arguments: refusals) func whatCannotBeMeantIsRefusedInDockersWords(refusal: Refusal) {
        #expect { try layout(.v1).warnings(for: refusal.limits) } throws: { error in
            (error as? ConfinementError)?.kind == .invalidParameter && "\(error)".contains(refusal.words)
        }
    }

    @Test func hierarchiesAreFoundInMountinfo() throws {
        let hybrid = """
            33 24 0:30 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
            34 33 0:31 / /sys/fs/cgroup/unified rw,nosuid shared:10 - cgroup2 cgroup2 rw,nsdelegate
            35 33 0:32 / /sys/fs/cgroup/systemd rw,nosuid shared:11 - cgroup cgroup rw,xattr,name=systemd
            36 33 0:33 /docker/ab /sys/fs/cgroup/cpu,cpuacct rw shared:12 - cgroup cgroup rw,cpu,cpuacct
            37 33 0:34 / /mnt/with\\040blank rw shared:13 - cgroup cgroup rw,memory
            38 33 0:35 / /sys/fs/cgroup/net_cls rw shared:14 - cgroup cgroup rw,net_cls
            """
        let layout = try Cgroups.layout(mountinfo: hybrid, systemd: false)
        #expect(layout.version == .v1)
        #expect(layout.hierarchies.map(\.mountPoint) == ["/sys/fs/cgroup/cpu,cpuacct", "/mnt/with blank"])
        #expect(layout.hierarchy(of: "cpuacct")?.root == "/docker/ab")
        let managed = try Cgroups.layout(mountinfo: hybrid, systemd: true)
        #expect(
            managed.hierarchies.suffix(2).map(\.mountPoint) == ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"])
        let v2 = try Cgroups.layout(mountinfo: "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", systemd: true)
        #expect(v2.version == .v2 && v2.hierarchies.count == 1)
        #expect(throws: ConfinementError.self) { try Cgroups.layout(mountinfo: "", systemd: false) }
    }

    @Test func countersOfBlockDevicesAreRead() {
        let v1 = BlkioFile.entriesV1("8:0 Read 4096\n8:0 Write 0\nTotal 4096\n")
        #expect(v1.map(\.operation) == ["Read", "Write"] && v1[0].value == 4096 && v1[0].major == 8)
        let v2 = BlkioFile.entriesV2("259:1 rbytes=10 wbytes=20 rios=1\n", ["rbytes": "read", "wbytes": "write"])
        #expect(v2.map(\.value) == [10, 20] && v2[0].minor == 1)
    }
}
