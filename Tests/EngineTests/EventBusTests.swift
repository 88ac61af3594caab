import Engine
import Model
import Testing

@Suite struct EventBusTests {
    private func tell(_ bus: EventBus, _ action: String, volume: String = "v") {
        bus.publish(action, ofVolume: volume, driver: "local")
    }

    @Test func theLastEventsAreKept() async throws {
        let bus = EventBus()
        for number in 0..<(EventBus.kept + 10) { tell(bus, "\(number)") }
        var seen: [String] = []
        for try await event in bus.subscribe(since: 0, until: nil, accepts: { _ in true }).prefix(EventBus.kept) {
            seen.append(event.action)
        }
        #expect(seen == (10..<(EventBus.kept + 10)).map(String.init))
    }

    /// Listeners that began at different times see what they both see in the same order.
    @Test func allListenersSeeOneOrder() async throws {
        let bus = EventBus()
        let count = 500
        let listeners = (0..<8).map { _ in bus.subscribe(since: nil, until: nil) { $0.action != "other" } }
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask { for number in 0..<count { tell(bus, "\(writer).\(number)") } }
            }
        }
        var orders: Set<[String]> = []
        for listener in listeners {
            var order: [String] = []
            for try await event in listener.prefix(4 * count) { order.append(event.action) }
            orders.insert(order)
        }
        #expect(orders.count == 1)
        #expect(orders.first?.count == 4 * count)
    }

    @Test func aReaderThatIsTooSlowIsToldSo() async throws {
        let bus = EventBus()
        let stream = bus.subscribe(since: nil, until: nil) { _ in true }
        for number in 0...EventBus.buffered { tell(bus, "\(number)") }
        var seen = 0
        await #expect(throws: BerthError.self) {
            for try await _ in stream { seen += 1 }
        }
        #expect(seen == EventBus.buffered)
        #expect(bus.listenerCount == 0)
    }

    @Test(arguments: [
        (["type": ["volume"]], true), (["type": ["image"]], false), (["volume": ["data"]], true),
        (["volume": ["dat"]], false),
        (["event": ["create"]], true), (["event": ["destroy"]], false), (["label": ["driver=local"]], true),
        (["scope": ["swarm"]], false), (["type": ["image", "volume"], "event": ["create"]], true),
    ])
    func filtersChoose(filters: [String: [String]], holds: Bool) {
        let event = Event(
            kind: .volume, action: "create", actorID: "data", attributes: ["driver": "local"], time: 1)
        #expect(EventBus.matches(event, Filters(filters)) == holds)
    }

    @Test func anUnknownFilterIsRefused() {
        #expect(throws: BerthError.self) {
            try EventBus().stream(since: nil, until: nil, filters: Filters(["nothing": ["1"]]))
        }
    }
}
