import Glibc
import Runtime
import Testing

/// On the empty v2 tree of a hybrid host: everything but the controllers is real there.
@Suite(.enabled(if: CgroupFixture.v2 != nil && getuid() == 0, "needs root and a v2 tree")) struct CgroupV2Tests {
    @Test func aCgroupIsMadeJoinedFrozenKilledAndRemoved() throws {
        let fixture = try CgroupFixture(CgroupFixture.v2)
        defer { fixture.clean() }
        let cgroup = try fixture.make()
        #expect(cgroup.entry.selfJoinFiles.isEmpty)
        #expect(cgroup.entry.cloneDirectory == cgroup.directories.first)
        let process = try start("while :; do :; done", in: cgroup)
        #expect(eventually { cgroup.processes() == [process] })
        try cgroup.freeze()
        #expect(cgroup.isFrozen())
        try cgroup.thaw()
        #expect(!cgroup.isFrozen())
        #expect(eventually { cgroup.statistics().cpu?.total ?? 0 > 0 })
        try cgroup.freeze()
        try cgroup.kill()
        #expect(end(of: process) == -SIGKILL)
        try cgroup.remove()
        #expect(cgroup.directories.isEmpty)
    }

    @Test func theDeviceProgramForbidsWhatNoRuleAllows() throws {
        let fixture = try CgroupFixture(CgroupFixture.v2)
        defer { fixture.clean() }
        let rules = DevicePolicy.containerDefault + [DeviceRule(.character, 1, 11, .read)]
        let cgroup = try fixture.make("c", devices: .allowOnly(rules))
        let stem = "/tmp/berth-limits-v2-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        defer {
            unlink(stem + "-kmsg")
            unlink(stem + "-mem")
        }
        let made = try start("mknod \(stem)-kmsg c 1 11 && mknod \(stem)-mem c 1 1", in: cgroup)
        #expect(end(of: made) == 0)
        #expect(end(of: try start("exec 3< \(stem)-kmsg", in: cgroup)) == 0)
        #expect(end(of: try start("exec 3> \(stem)-kmsg", in: cgroup)) != 0)
        #expect(end(of: try start("exec 3< \(stem)-mem", in: cgroup)) != 0)
        #expect(end(of: try start("exec 3<> /dev/null", in: cgroup)) == 0)
    }

    @Test func everyShapeOfRuleIsAcceptedByTheVerifier() throws {
        var rules: [DeviceRule] = []
        for kind in [DeviceRule.Kind.all, .block, .character] {
            for (major, minor) in [(nil, nil), (1, nil), (nil, 2), (4_000_000_000, 5)] as [(UInt32?, UInt32?)] {
                for access in 1...7 { rules.append(DeviceRule(kind, major, minor, .init(rawValue: UInt8(access)))) }
            }
        }
        for list in [[], rules] {
            let program = try DeviceProgram(allowing: list).load()
            #expect(program >= 0)
            close(program)
        }
    }
}
