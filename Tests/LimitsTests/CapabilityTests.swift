import Runtime
import Testing

@Suite struct CapabilityTests {
    private let all = CapabilitySet(Capability.allKnown)

    private func resolve(_ add: [String], _ drop: [String], privileged: Bool = false) throws -> CapabilitySet {
        let choice = try CapabilityChoice(add: add, drop: drop)
        let sets = ProcessCapabilities(choice, privileged: privileged, available: all)
        #expect(sets.effective == sets.permitted && sets.bounding == sets.permitted)
        #expect(sets.inheritable.isEmpty && sets.ambient.isEmpty)
        return sets.bounding
    }

    @Test func theDefaultHasTheBitsThatDockersContainersShow() throws {
        #expect(try resolve([], []).rawValue == 0xa804_25fb)
    }

    @Test func namesAndBitsAgreeWithTheKernels() throws {
        #expect(Capability(name: "net_admin")?.rawValue == 12)
        #expect(Capability(name: "CAP_SYS_ADMIN")?.rawValue == 21)
        #expect(Capability(name: "Cap_Checkpoint_Restore")?.rawValue == 40)
        #expect(Capability(rawValue: 39).name == "CAP_BPF")
        #expect(Capability(name: "CAP_") == nil && Capability(name: "CAP_CAP_BPF") == nil)
    }

    @Test func addingAndDroppingFollowsDocker() throws {
        let basic = CapabilitySet.containerDefault
        let admin = try #require(Capability(name: "NET_ADMIN"))
        let chown = try #require(Capability(name: "CHOWN"))
        #expect(try resolve(["net_admin"], []) == basic.union(CapabilitySet([admin])))
        #expect(try resolve([], ["CAP_CHOWN"]) == basic.subtracting(CapabilitySet([chown])))
        #expect(try resolve(["NET_ADMIN"], ["all"]) == CapabilitySet([admin]))
        #expect(try resolve(["ALL"], ["NET_ADMIN"]) == all.subtracting(CapabilitySet([admin])))
        #expect(try resolve(["ALL"], ["ALL"]) == all)
        #expect(try resolve(["CHOWN"], ["CHOWN"]) == basic)
        #expect(try resolve([], ["ALL"], privileged: true) == all)
    }

    @Test func nothingIsGivenThatTheDaemonLacks() throws {
        let sets = ProcessCapabilities(
            try CapabilityChoice(add: ["ALL"]), privileged: true, available: try HostCapabilities.available())
        #expect(try sets.bounding.isSubset(of: HostCapabilities.available()))
        let none = ProcessCapabilities(try CapabilityChoice(add: ["BPF"]), privileged: false, available: [])
        #expect(none.permitted.isEmpty)
    }

    @Test func unknownNamesAreRefusedInDockersWords() {
        #expect { try resolve(["foo"], []) } throws: {
            "\($0)" == "invalid CapAdd: unknown capability: \"CAP_FOO\""
        }
        #expect { try resolve([], ["CAP_BAR"]) } throws: {
            "\($0)" == "invalid CapDrop: unknown capability: \"CAP_BAR\""
        }
    }
}
