import CProbe
import FoundationEssentials
import Glibc
import Runtime
import Testing

@Suite struct SeccompTests {
    static let plain = CapabilitySet.containerDefault

    /// What a process with the default profile is answered, see `probe_filtered_call`.
    private func answer(
        _ number: Int, _ arguments: [UInt64] = [], capabilities: CapabilitySet = plain,
        source: SeccompSource = .containerDefault
    ) throws -> Int32 {
        let program = try SeccompCompiler().program(for: source, capabilities: capabilities)
        let all = arguments + Array(repeating: 0, count: 6 - arguments.count)
        return probe_filtered_call(program.bytes, program.instructionCount, number, all)
    }

    private func with(_ names: String...) -> CapabilitySet {
        Self.plain.union(CapabilitySet(names.compactMap(Capability.init(name:))))
    }

    @Test func aProfileThatIsLongerThanTheKernelTakesIsRefused() throws {
        let rules = (0..<5000).map {
            #"{"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":\#($0),"op":"SCMP_CMP_EQ"}]}"#
        }
        let json = #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[\#(rules.joined(separator: ","))]}"#
        #expect {
            try SeccompCompiler().program(for: .json(json), capabilities: Self.plain)
        } throws: {
            ($0 as? ConfinementError)?.kind == .invalidParameter
                && "\($0)".hasSuffix("instructions are too many for the kernel, which takes 4096")
        }
    }

    #if arch(x86_64)
        private enum Number {
            static let getppid = 110, mount = 165, personality = 135, socket = 41, clone = 56, clone3 = 435,
                unshare = 272
            static let addKey = 248, keyctl = 250, reboot = 169, bpf = 321, openByHandle = 304, ptrace = 101
            static let kexecLoad = 246, swapon = 167, newest = 600
        }

        @Test func everydayCallsPass() throws {
            #expect(try answer(Number.getppid) == 0)
            #expect(try answer(Number.socket, [UInt64(AF_INET), 1, 0]) == 0)
            #expect(try answer(Number.personality, [0xffff_ffff]) == 0)
            // The filter lets it through; the arguments are then found wanting.
            #expect(try answer(Number.ptrace, [9999, 1, 0, 0]) != EPERM)
        }

        @Test func dangerousCallsAreForbidden() throws {
            for number in [
                Number.mount, Number.addKey, Number.keyctl, Number.reboot, Number.bpf, Number.openByHandle,
                Number.unshare,
                Number.kexecLoad, Number.swapon,
            ] {
                #expect(try answer(number) == EPERM, "system call \(number)")
            }
        }

        @Test func argumentsDecideOverPersonalityAndSocket() throws {
            #expect(try answer(Number.personality, [0x20008]) == 0)
            #expect(try answer(Number.personality, [0x40000]) == EPERM)
            #expect(try answer(Number.socket, [38, 5, 0]) == EPERM, "AF_ALG")
            #expect(try answer(Number.socket, [40, 1, 0]) == EPERM, "AF_VSOCK")
            #expect(try answer(Number.socket, [39, 1, 0]) != EPERM, "AF_NFC")
        }

        @Test func upperHalfOfAnAddressFamilySaysNothing() throws {
            // The kernel looks at the lower half alone, and finds the type wanting.
            let program = try SeccompCompiler().program(for: .containerDefault, capabilities: Self.plain)
            let uppers: [UInt64] = [0, 1 << 32, 0xffff_ffff << 32]
            for family in UInt64(30)..<64 {
                for upper in uppers {
                    let result = probe_filtered_call(
                        program.bytes, program.instructionCount, Number.socket, [upper | family, 9999, 0, 0, 0, 0])
                    #expect(result == (family == 38 || family == 40 ? EPERM : EINVAL), "\(family), \(upper)")
                }
            }
        }

        @Test func cloneMayMakeNoNamespaceAndClone3IsUnknown() throws {
            let newUser: UInt64 = 0x1000_0000
            let child = UInt64(SIGCHLD)
            #expect(try answer(Number.clone, [newUser | child, 0, 0, 0, 0]) == EPERM)
            #expect(try answer(Number.clone3, [0, 0]) == ENOSYS)
            // With the capability the kernel itself judges: an argument of size 0 is invalid.
            #expect(try answer(Number.clone3, [0, 0], capabilities: with("SYS_ADMIN")) == EINVAL)
        }

        @Test(.enabled(if: getuid() == 0, "needs root")) func capabilitiesOpenTheirCalls() throws {
            // A null pointer is all the kernel then complains of.
            #expect(try answer(Number.mount, [0, 0, 0, 0, 0], capabilities: with("SYS_ADMIN")) == EFAULT)
            #expect(
                try answer(Number.openByHandle, [0xffff_ffff, 0, 0], capabilities: with("DAC_READ_SEARCH")) != EPERM)
            #expect(try answer(Number.bpf, [9999, 0, 0], capabilities: with("BPF")) != EPERM)
            #expect(try answer(Number.reboot, [0, 0, 0, 0], capabilities: with("SYS_BOOT")) == EINVAL)
        }

        @Test func callsNewerThanTheProfileAreUnknownAndNotForbidden() throws {
            #expect(try answer(Number.newest) == ENOSYS)
        }

        @Test func thirtyTwoBitProgramsAreJudgedByTheirOwnNumbers() throws {
            let program = try SeccompCompiler.compile(.containerDefault, capabilities: Self.plain)
            let none = [UInt64](repeating: 0, count: 6)
            // mount is 21 and getpid 20 there.
            #expect(probe_filtered_call_32(program.bytes, program.instructionCount, 20, none) == 0)
            #expect(probe_filtered_call_32(program.bytes, program.instructionCount, 21, none) == EPERM)
            #expect(probe_filtered_call_32(program.bytes, program.instructionCount, 600, none) == ENOSYS)
        }

        @Test func aProfileOfOnesOwnCounts() throws {
            let source = try #require(
                try SeccompSource.option(
                    """
                    {"defaultAction": "SCMP_ACT_ALLOW", "archMap": [{"architecture": "SCMP_ARCH_X86_64"}], "syscalls": [
                      {"names": ["getppid", "no_such_call"], "action": "SCMP_ACT_ERRNO", "errnoRet": 42},
                      {"name": "mount", "action": "SCMP_ACT_KILL_PROCESS"},
                      {"names": ["personality"], "action": "SCMP_ACT_ERRNO", "args": [
                        {"index": 0, "value": 8, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ"}]},
                      {"names": ["getuid"], "action": "SCMP_ACT_ERRNO", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
                      {"names": ["getgid"], "action": "SCMP_ACT_ERRNO", "includes": {"minKernel": "99.0"}},
                      {"names": ["geteuid"], "action": "SCMP_ACT_ERRNO", "excludes": {"arches": ["arm64"]}}]}
                    """))
            #expect(try answer(Number.getppid, source: source) == 42)
            #expect(try answer(Number.mount, source: source) == -SIGSYS)
            #expect(try answer(Number.personality, [0x18], source: source) == EPERM)
            #expect(try answer(Number.personality, [0x10_0000], source: source) == 0)
            #expect(try answer(102, source: source) == 0, "getuid")
            #expect(try answer(102, capabilities: with("SYS_ADMIN"), source: source) == EPERM, "getuid")
            #expect(try answer(104, source: source) == 0, "getgid")
            #expect(try answer(107, source: source) == EPERM, "geteuid")
        }
    #endif

    @Test func aProgramIsCompiledOnceForEachSetOfCapabilities() throws {
        let compiler = SeccompCompiler()
        let first = try compiler.program(for: .containerDefault, capabilities: Self.plain)
        #expect(try compiler.program(for: .containerDefault, capabilities: Self.plain) == first)
        #expect(compiler.count == 1)
        #expect(try compiler.program(for: .containerDefault, capabilities: with("SYS_ADMIN")) != first)
        #expect(compiler.count == 2)
    }

    @Test func aKeptProgramIsFoundQuicklyAndLoadsQuickly() throws {
        let compiler = SeccompCompiler()
        let clock = ContinuousClock()
        let first = try clock.measure { _ = try compiler.program(for: .containerDefault, capabilities: Self.plain) }
        let again = try clock.measure { _ = try compiler.program(for: .containerDefault, capabilities: Self.plain) }
        let program = try compiler.program(for: .containerDefault, capabilities: Self.plain)
        let load = probe_load_time(program.bytes, program.instructionCount, 21)
        print(
            "seccomp: \(program.instructionCount) instructions, compiled in \(first), kept: \(again), load \(load) ns")
        #expect(again < first)
        #expect(load > 0 && load < 20_000_000)
    }

    @Test func optionsMeanWhatDockerMeans() throws {
        #expect(try SeccompSource.option("unconfined") == nil)
        #expect(try SeccompSource.option("builtin") == .containerDefault)
        #expect(try SeccompSource.option("") == .containerDefault)
    }

    @Test(arguments: [
        ("{", "not valid JSON"),
        ("{}", "defaultAction: is missing"),
        (#"{"defaultAction": "SCMP_ACT_DANCE"}"#, "defaultAction: unknown action \"SCMP_ACT_DANCE\""),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "x"}]}"#,
            "syscalls[0].action: unknown action \"x\""
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"index": 0, "op": "LT"}]}]}"#,
            "syscalls[0].args[0].op: unknown comparison \"LT\""
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_LOG", "args": [{"index": 6, "op": "SCMP_CMP_LT"}]}]}"#,
            "syscalls[0].args[0].index"
        ),
        (#"{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_Z80"]}"#, "architectures: unknown"),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"], "archMap": [{"architecture": "SCMP_ARCH_X86"}]}"#,
            "use either 'architectures' or 'archMap'"
        ),
        (#"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": 1, "action": "x"}]}"#, "syscalls[0].names"),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_LOG", "includes": {"minKernel": "new"}}]}"#,
            "syscalls[0].includes.minKernel"
        ),
    ])
    func whatIsWrongWithAProfileIsNamed(json: String, words: String) {
        #expect { try SeccompSource.option(json) } throws: { "\($0)".contains(words) }
    }

    /// The same bytes as from another engine's profile, where one is at hand.
    @Test(.enabled(if: reference != nil, "BERTH_SECCOMP_REFERENCE names no profile to compare with"))
    func theDefaultLetsThroughWhatTheReferenceDoes() throws {
        let path = try #require(Self.reference)
        let other = try SeccompProfile(json: String(contentsOfFile: path, encoding: .utf8))
        let available = try HostCapabilities.available()
        let sets = available.members.map { Self.plain.union(CapabilitySet([$0])) } + [available, [], Self.plain]
        for set in sets {
            let ours = try SeccompCompiler.compile(.containerDefault, capabilities: set)
            #expect(try SeccompCompiler.compile(other, capabilities: set) == ours, "with \(set.members.map(\.name))")
        }
    }

    static let reference = getenv("BERTH_SECCOMP_REFERENCE").map { String(cString: $0) }
}
