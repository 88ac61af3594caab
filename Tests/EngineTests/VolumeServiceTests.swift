import Engine
import Model
import PluginProtocol
import Testing

@Suite struct VolumeServiceTests {
    let room: TestRoom
    let volumes: VolumeService

    init() throws {
        room = try TestRoom()
        volumes = room.volumes
        room.driver.answer("VolumeDriver.Path", .success(#"{"Mountpoint": "/nowhere"}"#))
    }

    private func make(_ name: String, options: [String: String] = [:], driver: String = "fake") async throws {
        _ = try await volumes.create(name: name, driver: driver, options: options, labels: [:])
    }

    @Test func aVolumeIsMadeOnce() async throws {
        try await make("data")
        try await make("data", driver: "")
        #expect(room.driver.calls.filter { $0 == "VolumeDriver.Create" }.count == 1)
        #expect(volumes.all.map(\.name) == ["data"])
        #expect(try room.database.allVolumes().records.map(\.ready) == [true])
    }

    @Test(arguments: [("other", [:]), ("fake", ["size": "1"])])
    func aNameIsNotGivenTwice(driver: String, options: [String: String]) async throws {
        try await make("data")
        await #expect { try await make("data", options: options, driver: driver) } throws: { error in
            (error as? BerthError)?.code == .conflict
        }
    }

    /// All that ask at once get the same volume.
    @Test func thoseWhoAskAtOnceGetTheSameVolume() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try await make("data") } }
            try await group.waitForAll()
        }
        #expect(room.driver.calls.filter { $0 == "VolumeDriver.Create" }.count == 1)
    }

    @Test func whatItsDriverRefusesIsNotThere() async throws {
        room.driver.answer("VolumeDriver.Create", .failure(.invalid("no")))
        await #expect(throws: BerthError.invalid("no")) { try await make("data") }
        #expect(volumes.all.isEmpty)
        #expect(try room.database.allVolumes().records.isEmpty)
    }

    @Test func anUnknownDriverIsNamed() async throws {
        await #expect { try await make("data", driver: "absent") } throws: { error in
            guard let error = error as? BerthError else { return false }
            return error.code == .notFound && error.message.contains("error looking up volume plugin absent")
        }
        #expect(try room.database.allVolumes().records.isEmpty)
    }

    @Test func aVolumeInUseIsNotRemoved() async throws {
        try await make("data")
        room.usage.add("b", volume: "data")
        room.usage.add("a", volume: "data")
        for force in [false, true] {
            await #expect(throws: BerthError.conflict("remove data: volume is in use - [a, b]")) {
                try await volumes.remove("data", force: force)
            }
        }
        #expect(!room.driver.calls.contains("VolumeDriver.Remove"))
    }

    /// Of two that go at once, neither holds a volume for the other.
    @Test func aContainerThatGoesHoldsNothing() async throws {
        try await make("data")
        room.usage.add("a", volume: "data", .removing)
        try await volumes.remove("data", force: false)
        #expect(volumes.all.isEmpty)
        #expect(try room.database.allVolumes().records.isEmpty)
    }

    @Test func whatItsDriverKeepsStays() async throws {
        try await make("data")
        room.driver.answer("VolumeDriver.Remove", .failure(.system("busy")))
        await #expect(throws: BerthError.system("busy")) { try await volumes.remove("data", force: false) }
        #expect(try room.database.allVolumes().records.map(\.ready) == [true])
        try await volumes.remove("data", force: true)
        #expect(volumes.all.isEmpty)
    }

    @Test func aPruneTakesWhatNobodyHas() async throws {
        for number in 0..<30 { try await make("v\(number)") }
        for number in 0..<10 { room.usage.add("c\(number)", volume: "v\(number)") }
        #expect(try await volumes.prune(filters: Filters()).removed.isEmpty, "volumes with a name stay")
        let removed = try await volumes.prune(filters: Filters(["all": ["true"]])).removed
        #expect(Set(removed) == Set((10..<30).map { "v\($0)" }))
    }

    @Test func whatHappensIsToldInOrder() async throws {
        try await make("one")
        try await make("two")
        try await volumes.remove("one", force: false)
        _ = try await volumes.prune(filters: Filters(["all": ["1"]]))
        #expect(
            try await room.told() == [
                "volume create one", "volume create two", "volume destroy one", "volume destroy two", "volume prune ",
            ])
    }
}
