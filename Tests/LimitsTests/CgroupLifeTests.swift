import Dispatch
import Glibc
import Runtime
import Synchronization
import Testing

@Suite(.enabled(if: hasV1, "needs root and v1 cgroups")) struct CgroupLifeTests {
    @Test func aCgroupIsInEveryHierarchyAndGoesFromAll() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        let cgroup = try fixture.make()
        #expect(cgroup.directories.count == fixture.layout.hierarchies.count)
        #expect(fixture.layout.list(parent: fixture.parent) == ["c"])
        try cgroup.remove()
        #expect(cgroup.directories.isEmpty)
        try cgroup.remove()
        #expect(fixture.layout.list(parent: fixture.parent).isEmpty)
    }

    @Test func cgroupsMadeAtOnceInANewParentHaveProcessors() throws {
        for _ in 0..<20 {
            let fixture = try CgroupFixture()
            defer { fixture.clean() }
            let problems = Mutex<[String]>([])
            DispatchQueue.concurrentPerform(iterations: 8) { number in
                do {
                    let cgroup = try fixture.make("c\(number)")
                    let directory = cgroup.directory(of: "cpuset") ?? ""
                    let processors = try ControlFile.read(directory + "/cpuset.cpus")
                    if processors.allSatisfy(\.isWhitespace) { problems.withLock { $0.append("no processors") } }
                } catch {
                    problems.withLock { $0.append("\(error)") }
                }
            }
            #expect(problems.withLock { $0 } == [])
        }
    }

    @Test func aParentThatWasLeftWithoutProcessorsGetsThem() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        let cpuset = try #require(fixture.layout.hierarchies.first { $0.controllers.contains("cpuset") })
        try #require(mkdir(cpuset.mountPoint + fixture.parent, 0o755) == 0)
        let cgroup = try fixture.make()
        #expect(try ControlFile.read((cgroup.directory(of: "cpuset") ?? "") + "/cpuset.cpus").count > 1)
    }

    @Test func aProcessThatJoinsItselfIsInEveryHierarchy() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        let cgroup = try fixture.make()
        let process = try start("exec sleep 60", in: cgroup)
        #expect(eventually { cgroup.processes() == [process] })
        #expect(
            eventually {
                cgroup.entry.selfJoinFiles.allSatisfy { (try? ControlFile.read($0)) == "\(process)\n" }
            })
        try cgroup.kill()
        #expect(end(of: process) == -SIGKILL)
        try cgroup.remove()
    }

    @Test func killEndsAllEvenFrozenOnesAndThoseInside() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        let cgroup = try fixture.make()
        let freezer = try #require(cgroup.directory(of: "freezer"))
        let process = try start(
            "mkdir \(freezer)/inner; (echo 0 > \(freezer)/inner/tasks; exec sleep 60) & sleep 60 & wait", in: cgroup)
        #expect(eventually { cgroup.processes().count == 3 })
        try cgroup.freeze()
        try cgroup.kill()
        #expect(end(of: process) == -SIGKILL)
        #expect(eventually { cgroup.processes().isEmpty })
        try cgroup.remove()
        #expect(cgroup.directories.isEmpty)
    }

    @Test func noCgroupIsMadeWhereItsDevicesCannotBeHeldBack() throws {
        var layout = try Cgroups.detect()
        layout.hierarchies.removeAll { $0.controllers.contains("devices") }
        let fixture = try CgroupFixture(layout)
        defer { fixture.clean() }
        #expect { try fixture.make(devices: .allowOnly(DevicePolicy.containerDefault)) } throws: {
            "\($0)".contains("has no devices controller")
        }
        #expect(layout.list(parent: fixture.parent).isEmpty)
        #expect(try fixture.make(devices: .unrestricted).directories.count == layout.hierarchies.count)
    }

    @Test func aNumberOfAProcessElsewhereIsNobodyToKill() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        let (cgroup, other) = (try fixture.make(), try fixture.make("other"))
        let (process, stranger) = (try start("exec sleep 60", in: cgroup), try start("exec sleep 60", in: other))
        #expect(eventually { cgroup.processes() == [process] && other.processes() == [stranger] })
        #expect(cgroup.handle(process)?.pid == process)
        #expect(cgroup.handle(stranger) == nil)
        #expect(cgroup.handle(getpid()) == nil)
        try cgroup.kill()
        try other.kill()
        #expect([end(of: process), end(of: stranger)] == [-SIGKILL, -SIGKILL])
        #expect(cgroup.handle(process) == nil)
    }

    @Test func removeWaitsForTheLastProcessAndFailsInTheEndByName() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        let cgroup = try fixture.make()
        let process = try start("exec sleep 60", in: cgroup)
        #expect(eventually { cgroup.processes() == [process] })
        #expect { try cgroup.remove(timeoutMilliseconds: 20) } throws: {
            "\($0)".contains("rmdir `") && "\($0)".contains("Device or resource busy")
        }
        try cgroup.kill()
        _ = end(of: process)
        try cgroup.remove()
    }

    @Test func frozenProcessesStandStillUntilThawed() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        let cgroup = try fixture.make()
        let process = try start("while :; do :; done", in: cgroup)
        #expect(eventually { cgroup.statistics().cpu?.total ?? 0 > 5_000_000 })
        try cgroup.freeze()
        #expect(cgroup.isFrozen())
        let before = try #require(cgroup.statistics().cpu?.total)
        usleep(50_000)
        #expect(cgroup.statistics().cpu?.total == before)
        try cgroup.thaw()
        #expect(!cgroup.isFrozen())
        #expect(eventually { cgroup.statistics().cpu?.total ?? 0 > before })
        try cgroup.kill()
        #expect(end(of: process) == -SIGKILL)
    }

    @Test func whatFailsHalfWayLeavesNothing() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        var limits = CgroupLimits()
        limits.cpusetCPUs = "4096"
        #expect { try fixture.make("broken", limits) } throws: { "\($0)".contains("write \"4096\" to `") }
        #expect(fixture.layout.list(parent: fixture.parent).isEmpty)
    }

    @Test func whatAnEarlierAttemptLeftIsTakenOver() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        var limits = CgroupLimits()
        limits.pidsLimit = 7
        _ = try fixture.make("c", limits)
        let again = try fixture.make("c")
        #expect(again.statistics().pids?.limit == nil)
    }

    @Test func creationTakesUnderAFewMilliseconds() throws {
        let fixture = try CgroupFixture()
        defer { fixture.clean() }
        var limits = CgroupLimits()
        limits.memory = 64 << 20
        limits.pidsLimit = 100
        var times: [Duration] = []
        for index in 0..<50 {
            let name = "c\(index)"
            times.append(
                try ContinuousClock().measure {
                    _ = try fixture.make(name, limits, devices: .container(privileged: false))
                })
            try fixture.layout.cgroup(parent: fixture.parent, name: name).remove()
        }
        let median = times.sorted()[25]
        print("cgroup creation: median \(median) in \(fixture.layout.hierarchies.count) hierarchies")
        #expect(median < .milliseconds(10))
    }
}
