import Model
import Runtime
import Spec
import Testing

@Suite struct LimitTests {
    // MARK: ulimits

    private func ulimits(_ limits: [(String, Int64, Int64)]) throws -> [ResourceLimit] {
        try Given { given in
            given.host.ulimits = limits.compactMap { .read("{\"Name\":\"\($0.0)\",\"Soft\":\($0.1),\"Hard\":\($0.2)}") }
        }.spec().ulimits
    }

    private static let names = [
        "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "locks", "sigpending", "msgqueue",
        "nice", "rtprio", "rttime",
    ]
    private static let values: [Int64] = [-1, 0, 1, 2, 1023, 1024, 65536, .max]

    @Test(arguments: names) func everyPairOfLimitsIsJudged(name: String) throws {
        for soft in Self.values {
            for hard in Self.values {
                let isOver = hard != -1 && (soft == -1 || soft > hard)
                guard !isOver else {
                    let shown = soft == -1 ? "soft: -1 (unlimited), hard: \(hard)" : "\(soft) > \(hard)"
                    #expect(
                        refusal { try ulimits([(name, soft, hard)]) }
                            == "400 ulimit soft limit must be less than or equal to hard limit: \(shown)")
                    continue
                }
                let limit = try #require(try ulimits([(name.uppercased(), soft, hard)]).first)
                #expect(limit.name == name)
                #expect(limit.soft == (soft == -1 ? .max : UInt64(soft)))
                #expect(limit.hard == (hard == -1 ? .max : UInt64(hard)))
            }
        }
    }

    @Test(arguments: ["", "as", "files", "nofiles", "RLIMIT_NOFILE", "no file"]) func otherNamesAreRefused(name: String)
    {
        #expect(
            refusal { try ulimits([(name, 1, 1)]) } == "400 invalid ulimit type: \(name.lowercased())")
    }

    @Test func ofLimitsForOneResourceTheLastHolds() throws {
        let limits = try ulimits([("nofile", 1, 2), ("core", 0, 0), ("NOFILE", 3, 4)])
        #expect(limits.map(\.name) == ["nofile", "core"])
        #expect(limits.map(\.soft) == [3, 0])
    }

    @Test(arguments: [Int64(-2), -1000, .min]) func belowNoLimitThereIsNothing(value: Int64) {
        #expect(refusal { try ulimits([("core", value, 1)]) }?.hasSuffix("a limit is at least -1") == true)
        #expect(refusal { try ulimits([("core", 0, value)]) }?.hasSuffix("a limit is at least -1") == true)
    }

    // MARK: Control groups

    @Test func everyLimitIsTakenOver() throws {
        let limits = try Given { given in
            given.host =
                HostConfig.read(
                    """
                    {"Memory":8000000,"MemorySwap":9000000,"MemoryReservation":7000000,"MemorySwappiness":7,
                     "OomKillDisable":true,"CpuShares":2,"CpuQuota":3000,"CpuPeriod":4000,"CpuRealtimePeriod":5,
                     "CpuRealtimeRuntime":4,"CpusetCpus":"0","CpusetMems":"0-1","PidsLimit":6,"BlkioWeight":500,
                     "BlkioWeightDevice":[{"Path":"/dev/a","Weight":10}],"BlkioDeviceReadBps":[{"Path":"/dev/b","Rate":1}],
                     "BlkioDeviceWriteBps":[{"Path":"/dev/c","Rate":2}],"BlkioDeviceReadIOps":[{"Path":"/dev/d","Rate":3}],
                     "BlkioDeviceWriteIOps":[{"Path":"/dev/e","Rate":4}]}
                    """) ?? HostConfig()
        }.spec().limits
        var expected = CgroupLimits()
        expected.memory = 8_000_000
        expected.memorySwap = 9_000_000
        expected.memoryReservation = 7_000_000
        expected.memorySwappiness = 7
        expected.oomKillDisable = true
        expected.cpuShares = 2
        expected.cpuQuota = 3000
        expected.cpuPeriod = 4000
        expected.cpuRealtimePeriod = 5
        expected.cpuRealtimeRuntime = 4
        expected.cpusetCPUs = "0"
        expected.cpusetMems = "0-1"
        expected.pidsLimit = 6
        expected.blkioWeight = 500
        expected.blkioWeightDevice = [.init(path: "/dev/a", rate: 10)]
        expected.blkioDeviceReadBps = [.init(path: "/dev/b", rate: 1)]
        expected.blkioDeviceWriteBps = [.init(path: "/dev/c", rate: 2)]
        expected.blkioDeviceReadIOps = [.init(path: "/dev/d", rate: 3)]
        expected.blkioDeviceWriteIOps = [.init(path: "/dev/e", rate: 4)]
        #expect(limits == expected)
    }

    @Test func memoryIsDoubledForSwapAsFarAsItGoes() throws {
        for (memory, swap, total) in [
            (0, 0, 0), (8 << 20, 0, 16 << 20), (8 << 20, -1, -1), (8 << 20, 9 << 20, 9 << 20), (0, -1, -1),
            (Int64.max / 2, 0, Int64.max - 1), (Int64.max / 2 + 1, 0, .max), (.max, 0, .max),
        ] as [(Int64, Int64, Int64)] {
            let limits = try Given {
                $0.host.memory = memory
                $0.host.memorySwap = swap
            }.spec().limits
            #expect(limits.memory == memory && limits.memorySwap == total)
        }
    }

    private struct Values: Sendable {
        var name: String
        var set: @Sendable (inout HostConfig, Int64) -> Void
        var good: [Int64]
        var bad: [Int64]
        var words: String
    }

    private static let mebibyte: Int64 = 1 << 20
    private static let numbers = [
        Values(
            name: "memory", set: { $0.memory = $1 }, good: [0, 6 * mebibyte, 6 * mebibyte + 1, 1 << 40, .max],
            bad: [-1, 1, 4096, 6 * mebibyte - 1, .min], words: "Minimum memory limit allowed is 6MB"),
        Values(
            name: "reservation", set: { $0.memoryReservation = $1 }, good: [0, 6 * mebibyte, .max],
            bad: [-1, 1, 6 * mebibyte - 1, .min], words: "Minimum memory reservation allowed is 6MB"),
        Values(
            name: "swap alone", set: { $0.memorySwap = $1 }, good: [0, -1], bad: [1, 6 * mebibyte, .max],
            words: "You should always set the Memory limit when using Memoryswap limit, see usage"),
        Values(
            name: "swap",
            set: {
                $0.memory = 8 * mebibyte
                $0.memorySwap = $1
            }, good: [0, -1, 8 * mebibyte, .max], bad: [1, 8 * mebibyte - 1],
            words: "Minimum memoryswap limit should be larger than memory limit, see usage"),
        Values(
            name: "swappiness", set: { $0.memorySwappiness = $1 }, good: [-1, 0, 1, 60, 99, 100],
            bad: [-2, 101, 1000, .min, .max], words: "valid memory swappiness range is 0-100"),
        Values(
            name: "CPUs", set: { $0.nanoCpus = $1 }, good: [0, 10_000_000, 1_000_000_000, 4_000_000_000],
            bad: [-1, 1, 9_999_999, 4_000_000_001, .min, .max],
            words: "Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available"),
        Values(
            name: "shares", set: { $0.cpuShares = $1 }, good: [0, 1, 2, 1024, 262144, .max], bad: [-1, .min],
            words: "value must be a positive integer"),
        Values(
            name: "period", set: { $0.cpuPeriod = $1 }, good: [0, 1000, 1001, 100_000, 1_000_000],
            bad: [-1, 1, 999, 1_000_001, .min, .max],
            words: "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"),
        Values(
            name: "quota", set: { $0.cpuQuota = $1 }, good: [-1, 0, 1000, .max], bad: [1, 999],
            words: "CPU cfs quota can not be less than 1ms (i.e. 1000)"),
        Values(
            name: "quota below none", set: { $0.cpuQuota = $1 }, good: [], bad: [-2, .min],
            words: "value must be positive, 0 or -1"),
        Values(
            name: "weight", set: { $0.blkioWeight = Int($1) }, good: [0, 10, 11, 500, 1000],
            bad: [-1, 1, 9, 1001, 65535, 65536, .min, .max], words: "Range of blkio weight is from 10 to 1000"),
        Values(
            name: "runtime",
            set: {
                $0.cpuRealtimePeriod = 1000
                $0.cpuRealtimeRuntime = $1
            }, good: [0, 1, 1000], bad: [1001, .max],
            words: "cpu real-time runtime cannot be higher than cpu real-time period"),
        Values(
            name: "processes", set: { $0.pidsLimit = $1 }, good: [-1, 0, 1, 1000, .max], bad: [], words: ""),
    ]

    @Test func everyNumberHasItsRange() {
        for number in Self.numbers {
            func found(_ value: Int64) -> String? {
                refusal {
                    let given = Given { number.set(&$0.host, value) }
                    return try translating { try given.spec().limits.check(processors: 4) }
                }
            }
            for value in number.good { #expect(found(value) == nil, "\(number.name) \(value)") }
            for value in number.bad {
                let words = found(value)
                #expect(words?.hasPrefix("400 ") == true, "\(number.name) \(value)")
                #expect(words?.hasSuffix(number.words) == true, "\(number.name) \(value): \(words ?? "taken")")
            }
        }
    }

    @Test func oneWayToSayHowMuchOfTheProcessorsIsEnough() {
        for (period, quota, words) in [
            (5000, 0, "400 Conflicting options: Nano CPUs and CPU Period cannot both be set."),
            (0, 5000, "400 Conflicting options: Nano CPUs and CPU Quota cannot both be set."), (0, -1, nil),
            (0, 0, nil),
        ] as [(Int64, Int64, String?)] {
            let found = refusal {
                let given = Given {
                    $0.host.nanoCpus = 500_000_000
                    $0.host.cpuPeriod = period
                    $0.host.cpuQuota = quota
                }
                return try translating { try given.spec().limits.check(processors: 4) }
            }
            #expect(found == words)
        }
    }

    @Test func aReservationIsNotAboveTheLimit() {
        for (limit, isRefused) in [(8, false), (9, false), (7, true)] as [(Int64, Bool)] {
            let found = refusal {
                let given = Given {
                    $0.host.memory = limit * Self.mebibyte
                    $0.host.memoryReservation = 8 * Self.mebibyte
                }
                return try translating { try given.spec().limits.check(processors: 4) }
            }
            #expect((found != nil) == isRefused)
        }
    }

    // MARK: Updates

    @Test func anUpdateLeavesWhatItDoesNotName() throws {
        let old = Given {
            $0.host.memory = 8 * Self.mebibyte
            $0.host.cpuShares = 100
            $0.host.cpusetCpus = "0"
        }.host
        var wish = HostConfig()
        wish.cpuShares = 200
        let new = try old.updated(by: wish)
        #expect(new.memory == old.memory && new.memorySwap == old.memorySwap && new.cpusetCpus == "0")
        #expect(new.cpuShares == 200)
        #expect(new.limitsChanged(by: wish).cpuShares == 200 && new.limitsChanged(by: wish).memory == 0)
    }

    @Test func anUpdateSaysWhatDoesNotGoTogether() {
        let conflicts: [(words: String, old: (inout HostConfig) -> Void, wish: (inout HostConfig) -> Void)] = [
            (
                "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set",
                { $0.cpuPeriod = 5000 }, { $0.nanoCpus = 1 }
            ),
            (
                "Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set",
                { $0.cpuQuota = 5000 }, { $0.nanoCpus = 1 }
            ),
            (
                "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set",
                { $0.nanoCpus = 1 }, { $0.cpuPeriod = 5000 }
            ),
            (
                "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set",
                { $0.nanoCpus = 1 }, { $0.cpuQuota = 5000 }
            ),
            (
                "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
                { $0.memorySwap = 16 }, { $0.memory = 17 }
            ),
            (
                "Restart policy cannot be updated because AutoRemove is enabled for the container",
                { $0.autoRemove = true }, { $0.restartPolicy = RestartPolicy(name: "always") }
            ),
        ]
        for conflict in conflicts {
            var (old, wish) = (HostConfig(), HostConfig())
            conflict.old(&old)
            conflict.wish(&wish)
            #expect(refusal { try old.updated(by: wish) } == "400 \(conflict.words)")
            #expect(refusal { try HostConfig().updated(by: wish) } == nil)
        }
    }

    @Test(arguments: [
        #"{"CgroupParent":"/x"}"#, #"{"BlkioWeightDevice":[{}]}"#, #"{"BlkioDeviceReadBps":[{}]}"#,
        #"{"BlkioDeviceWriteBps":[{}]}"#, #"{"BlkioDeviceReadIOps":[{}]}"#, #"{"BlkioDeviceWriteIOps":[{}]}"#,
        #"{"Devices":[{}]}"#, #"{"DeviceCgroupRules":["a"]}"#, #"{"MemorySwappiness":1}"#, #"{"OomKillDisable":true}"#,
        #"{"Init":true}"#, #"{"Ulimits":[{}]}"#,
    ]) func someCanOnlyBeSaidAtCreate(json: String) throws {
        let wish = try #require(HostConfig.read(json))
        let field = json.split(separator: "\"")[1]
        #expect(
            refusal { try HostConfig().updated(by: wish) }
                == "501 POST /containers/{id}/update of \(field) is not implemented yet")
    }
}
