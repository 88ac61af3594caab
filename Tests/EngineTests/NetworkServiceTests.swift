import Engine
import Model
import PluginProtocol
import Testing

@Suite struct NetworkServiceTests {
    let room: TestRoom
    let networks: NetworkService

    init() throws {
        room = try TestRoom()
        networks = room.networks
        room.driver.answer("IpamDriver.RequestPool", .success(#"{"PoolID": "p", "Pool": "10.1.0.0/24"}"#))
        room.driver.answer("IpamDriver.RequestAddress", .success(#"{"Address": "10.1.0.1/24"}"#))
    }

    @discardableResult
    private func make(_ name: String, labels: [String: String] = [:]) async throws -> String {
        var spec = NetworkSpec(name: name)
        spec.driver = "fake"
        spec.ipamDriver = "fake"
        spec.labels = labels
        return try await networks.create(spec).id
    }

    private var rows: [String] {
        get throws { try room.database.allNetworks().records.map(\.name) }
    }

    @Test func aNameIsGivenOnce() async throws {
        try await make("net")
        await #expect(throws: BerthError.conflict("network with name net already exists")) { try await make("net") }
        #expect(try rows == ["net"])
    }

    @Test func ofThoseWhoAskAtOnceOneGetsTheName() async throws {
        let made = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { (try? await make("net")) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
    }

    /// Whatever step fails, those before it are undone, last first.
    @Test(arguments: [
        ("IpamDriver.RequestPool", []), ("IpamDriver.RequestAddress", ["IpamDriver.ReleasePool"]),
        ("NetworkDriver.CreateNetwork", ["IpamDriver.ReleaseAddress", "IpamDriver.ReleasePool"]),
    ])
    func whatFailsIsUndone(step: String, undone: [String]) async throws {
        room.driver.answer(step, .failure(.conflict("no")))
        await #expect(throws: BerthError.conflict("no")) { try await make("net") }
        #expect(room.driver.calls.suffix(while: { $0 != step }) == undone)
        #expect(try rows.isEmpty)
        #expect(try await networks.list(filters: Filters()).isEmpty)
        room.driver.answer(step, .failure(.conflict("still no")))
        await #expect(throws: BerthError.conflict("still no")) { try await make("net") }
    }

    @Test(arguments: ["bridge", "host", "none", "default"])
    func reservedNamesAreRefused(name: String) async throws {
        await #expect { try await make(name) } throws: { ($0 as? BerthError)?.code == .forbidden }
    }

    @Test func aNetworkThatContainersAreOnIsNotPruned() async throws {
        try await make("used")
        try await make("free")
        let byID = try await make("byid")
        room.usage.add("a", network: "used", .running)
        room.usage.add("b", network: byID)
        #expect(try await networks.prune(filters: Filters()).removed == ["free"])
    }

    @Test func whatItsDriverKeepsStays() async throws {
        try await make("net")
        room.driver.answer("NetworkDriver.DeleteNetwork", .failure(.system("busy")))
        await #expect(throws: BerthError.system("busy")) { try await networks.remove("net") }
        #expect(try room.database.allNetworks().records.map(\.isReady) == [true])
        room.driver.answer("NetworkDriver.DeleteNetwork", .success("{}"))
        try await networks.remove("net")
        #expect(try rows.isEmpty)
    }

    @Test(arguments: [
        (["label": ["a"]], ["one"]), (["label!": ["a"]], ["two"]), (["until": ["1"]], []),
        (["until": ["0s"]], ["one", "two"]),
        (["label": ["a=2"]], []), (["label": ["a"], "label!": ["a"]], []),
    ])
    func aPruneGoesByItsFilters(filters: [String: [String]], removed: [String]) async throws {
        try await make("one", labels: ["a": "1"])
        try await make("two")
        #expect(try await Set(networks.prune(filters: Filters(filters)).removed) == Set(removed))
    }
}

extension [String] {
    /// The last elements, all of which the condition holds for.
    fileprivate func suffix(while holds: (String) -> Bool) -> [String] {
        Array(reversed().prefix(while: holds).reversed())
    }
}
