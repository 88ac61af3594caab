import PluginLoader
import PluginProtocol
import Synchronization
import Testing

/// What a driver does after its call's time was over is told to whoever can take it away again.
@Suite struct LateReplyTests {
    /// What `late` was called with.
    private final class Told: Sendable {
        private let replies = Mutex<[Empty?]>([])

        var all: [Empty?] { replies.withLock { $0 } }

        func add(_ reply: Empty?) { replies.withLock { $0.append(reply) } }
    }

    private func probe(_ area: Area) async throws -> DriverHandle {
        let module = try area.probe()
        try area.write(
            "late.json",
            """
            {"name": "late", "kinds": ["volume"], "module": "\(module)", "timeout-ms": 200,
             "options": {"gate": "\(area.path)/gate", "mark": "\(area.path)/closed"}}
            """)
        return try await area.registry().driver(kind: .volume, name: "late")
    }

    @Test func callThatReturnsAfterItsTimeIsToldOnce() async throws {
        let area = try Area()
        let driver = try await probe(area)
        let told = Told()
        await #expect(throws: DriverError(.unavailable, "driver `late`: Test.Hang timed out after 200 ms")) {
            try await driver.call(DriverMethod<Empty, Empty>.test("Hang"), Empty()) { told.add($0) }
        }
        #expect(told.all.isEmpty)
        area.touch("gate")
        for _ in 0..<400 where told.all.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(told.all == [Empty()])
    }

    @Test func callThatReturnsOrFailsInTimeIsNotLate() async throws {
        let area = try Area()
        let driver = try await probe(area)
        let told = Told()
        _ = try await driver.call(DriverMethod<Empty, Empty>.test("Nothing"), Empty()) { told.add($0) }
        _ = try? await driver.call(DriverMethod<Empty, Empty>.test("Error"), Empty()) { told.add($0) }
        try await Task.sleep(for: .milliseconds(400))
        #expect(told.all.isEmpty)
    }

    @Test func resultAfterACompleteCallIsDropped() {
        let told = Told()
        let call = Call(method: "x", request: .init(), late: { _ in told.add(nil) }, completion: { _ in })
        #expect(call.complete(.success(.init())))
        #expect(!call.expire(DriverError(.unavailable, "timed out")))
        #expect(!call.complete(.success(.init())))
        #expect(told.all.isEmpty)
    }
}
