import Foundation
import PluginLoader
import PluginProtocol
import Testing

/// Drivers that hang: each in a C module that waits until a file is there.
@Suite struct SupervisionTests {
    private let hang = DriverMethod<Empty, Empty>.test("Hang")
    private let nothing = DriverMethod<Empty, Empty>.test("Nothing")
    private let nap = DriverMethod<Empty, Empty>.test("Nap")

    private func describe(_ area: Area, _ name: String, module: String, timeout: Int) throws {
        try area.write(
            "\(name).json",
            """
            {"name": "\(name)", "kinds": ["volume"], "module": "\(module)", "timeout-ms": \(timeout),
             "options": {"gate": "\(area.path)/gate", "mark": "\(area.path)/closed"}}
            """)
    }

    @Test func callThatHangsFailsInTimeAndOthersGoOn() async throws {
        let area = try Area()
        try describe(area, "slow", module: area.probe(), timeout: 500)
        let slow = try await area.registry().driver(kind: .volume, name: "slow")
        let clock = ContinuousClock()
        let start = clock.now
        let hanging = Task { try await slow.call(hang, Empty()) }
        for _ in 0..<20 { _ = try await slow.call(nothing, Empty()) }
        #expect(clock.now - start < .milliseconds(400))
        let error = DriverError(.unavailable, "driver `slow`: Test.Hang timed out after 500 ms")
        await #expect(throws: error) { _ = try await hanging.value }
        #expect(clock.now - start < .seconds(3))
        #expect(throws: error) { _ = try slow.callBlocking(hang, Empty()) }
        _ = try await slow.call(nothing, Empty())
        area.touch("gate")
    }

    @Test func driverWhoseCallsNeverReturnFailsFastUntilTheyDo() async throws {
        let area = try Area()
        try describe(area, "stuck", module: area.probe(), timeout: 300)
        let stuck = try await area.registry().driver(kind: .volume, name: "stuck")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try? await stuck.call(hang, Empty()) } }
        }
        let clock = ContinuousClock()
        let start = clock.now
        await #expect(
            throws: DriverError(.unavailable, "driver `stuck` is not responding: 8 calls have never returned")
        ) { _ = try await stuck.call(nothing, Empty()) }
        #expect(clock.now - start < .milliseconds(200))
        area.touch("gate")
        var isBack = false
        for _ in 0..<400 where !isBack {
            try await Task.sleep(for: .milliseconds(5))
            isBack = (try? await stuck.call(nothing, Empty())) != nil
        }
        #expect(isBack)
    }

    @Test func moreCallsThanThreadsWaitTheirTurn() async throws {
        let area = try Area()
        try describe(area, "busy", module: area.probe(), timeout: 5000)
        let busy = try await area.registry().driver(kind: .volume, name: "busy")
        let done = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<100 { group.addTask { (try? await busy.call(nap, Empty())) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(done == 100)
    }

    @Test func moduleThatHangsInOpenHoldsUpNobody() async throws {
        let area = try Area()
        try describe(area, "a", module: area.probe("-DHANG_IN_OPEN"), timeout: 1000)
        try describe(area, "b", module: area.probe(), timeout: 5000)
        let clock = ContinuousClock()
        let start = clock.now
        let registry = area.startRegistry()
        let a = try registry.driver(kind: .volume, name: "a")
        let b = try registry.driver(kind: .volume, name: "b")
        _ = try await b.call(nothing, Empty())
        #expect(clock.now - start < .milliseconds(800))
        #expect(registry.statuses()[0].condition == .opening)
        await #expect(throws: DriverError(.unavailable, "driver `a`: open timed out after 1000 ms")) {
            _ = try await a.call(nothing, Empty())
        }
        #expect(clock.now - start < .seconds(4))
        #expect(registry.statuses()[0].condition == .refused("open timed out after 1000 ms"))
        #expect(throws: DriverError(.unavailable, "driver `a`: open timed out after 1000 ms")) {
            try registry.driver(kind: .volume, name: "a")
        }
        // Late is better than never.
        area.touch("gate")
        for _ in 0..<400 where registry.names(of: .volume) != ["a", "b"] {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(registry.names(of: .volume) == ["a", "b"])
        _ = try await registry.driver(kind: .volume, name: "a").call(nothing, Empty())
    }

    @Test func callWaitsForAModuleThatIsStillOpening() async throws {
        let area = try Area()
        try describe(area, "late", module: area.probe("-DHANG_IN_OPEN"), timeout: 5000)
        let late = try area.startRegistry().driver(kind: .volume, name: "late")
        async let reply: Empty = late.call(nothing, Empty())
        try await Task.sleep(for: .milliseconds(100))
        area.touch("gate")
        #expect(try await reply == Empty())
    }

    @Test func closeClosesTheModuleWhenItsCallsAreOver() async throws {
        let area = try Area()
        try describe(area, "x", module: area.probe(), timeout: 2000)
        let registry = try await area.registry()
        let x = try registry.driver(kind: .volume, name: "x")
        async let napping: Empty = x.call(nap, Empty())
        try await Task.sleep(for: .milliseconds(20))
        await close(registry)
        #expect(area.exists("closed"))
        _ = try await napping
        await #expect(throws: DriverError(.unavailable, "driver `x`: closed")) {
            _ = try await x.call(nothing, Empty())
        }
    }

    @Test func closeGivesUpOnADriverThatHangs() async throws {
        let area = try Area()
        try describe(area, "x", module: area.probe(), timeout: 200)
        let registry = try await area.registry()
        let x = try registry.driver(kind: .volume, name: "x")
        _ = try? await x.call(hang, Empty())
        let clock = ContinuousClock()
        let time = await clock.measure { await close(registry) }
        #expect(time < .seconds(2))
        #expect(!area.exists("closed"))
        #expect(area.host.lines.contains("x: did not close in time"))
        area.touch("gate")
    }

    private func close(_ registry: PluginRegistry) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                registry.close()
                continuation.resume()
            }
        }
    }
}
