import PluginLoader
import PluginProtocol
import Testing

@Suite struct ModuleTests {
    private func probe(_ area: Area) async throws -> DriverHandle {
        let module = try area.probe()
        try area.write("probe.json", #"{"name": "probe", "kinds": ["volume"], "module": "\#(module)"}"#)
        return try await area.registry().driver(kind: .volume, name: "probe")
    }

    @Test func messagesPassUnchanged() async throws {
        let probe = try await probe(Area())
        let request = CreateVolumeRequest(name: "é\"\\\n\u{0}😀", options: ["a": "b", "": ""])
        let echo = DriverMethod<CreateVolumeRequest, CreateVolumeRequest>.test("Echo")
        #expect(try await probe.call(echo, request) == request)
        #expect(try probe.callBlocking(echo, request) == request)
        let large = CreateVolumeRequest(name: String(repeating: "x", count: 1 << 20))
        #expect(try await probe.call(echo, large) == large)
    }

    @Test func noReplyIsAnEmptyOne() async throws {
        let probe = try await probe(Area())
        #expect(try await probe.call(DriverMethod<Empty, Empty>.test("Nothing"), Empty()) == Empty())
        #expect(try await probe.call(DriverMethod<Empty, MountpointReply>.test("Nothing"), Empty()).mountpoint == "")
    }

    @Test(arguments: [
        ("Error", DriverError(.conflict, "it is taken")),
        ("PlainError", DriverError(.system, "just so")),
        ("IpamError", DriverError(.system, "no address")),
        ("OddCode", DriverError(.system, "teapot")),
        ("FailWithReason", DriverError(.forbidden, "out of rope")),
        ("Fail", DriverError(.system, "driver `probe`: Test.Fail failed with 3 and gave no reason")),
        ("NoSuch", DriverError(.notImplemented, "driver `probe` does not implement Test.NoSuch")),
    ]) func errorsOfADriverReachTheCaller(_ method: String, _ expected: DriverError) async throws {
        let probe = try await probe(Area())
        await #expect(throws: expected) {
            _ = try await probe.call(DriverMethod<Empty, MountpointReply>.test(method), Empty())
        }
        #expect(throws: expected) {
            _ = try probe.callBlocking(DriverMethod<Empty, MountpointReply>.test(method), Empty())
        }
    }

    @Test(arguments: ["Garbage", "WrongType"]) func malformedReplyIsAnError(_ method: String) async throws {
        let probe = try await probe(Area())
        let error = await #expect(throws: DriverError.self) {
            _ = try await probe.call(DriverMethod<Empty, MountpointReply>.test(method), Empty())
        }
        #expect(error?.code == .system)
        #expect(error?.message.hasPrefix("driver `probe`: Test.\(method): malformed reply: ") == true)
    }

    @Test func optionalMethodThatIsNotThereIsNil() async throws {
        let probe = try await probe(Area())
        #expect(try await probe.callIfImplemented(DriverMethod<Empty, Empty>.test("NoSuch"), Empty()) == nil)
        #expect(try await probe.callIfImplemented(DriverMethod<Empty, Empty>.test("Nothing"), Empty()) == Empty())
    }

    @Test func everyReplyIsReleased() async throws {
        let probe = try await probe(Area())
        for method in ["Error", "Garbage", "FailWithReason", "Echo", "Fail", "NoSuch"] {
            _ = try? await probe.call(DriverMethod<Empty, Empty>.test(method), Empty())
        }
        // Four of them replied, and the handshake.
        let buffers = try await probe.call(DriverMethod<Empty, MountpointReply>.test("Buffers"), Empty())
        #expect(buffers.mountpoint == "5 of 5")
    }

    @Test func hostOffersLogAndStore() async throws {
        let area = try Area()
        let probe = try await probe(area)
        _ = try await probe.call(DriverMethod<Empty, Empty>.test("Log"), Empty())
        #expect(area.host.lines.contains("probe: a line from the module"))
        let state = DriverMethod<Empty, MountpointReply>.test("State")
        #expect(try await probe.call(state, Empty()).mountpoint == "0 1 0 1 0 0 1 0 2 2")
        area.host.fill(true)
        #expect(try await probe.call(state, Empty()).mountpoint == "3 3 2 0 3 0 0 2 2 2")
        #expect(area.host.lines.contains("probe: state store: put in `b`: database or disk is full"))
    }

    @Test func callsGoOnAtOnce() async throws {
        let probe = try await probe(Area())
        let clock = ContinuousClock()
        let time = await clock.measure {
            await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<24 {
                    group.addTask {
                        (try? await probe.call(DriverMethod<Empty, Empty>.test("Nap"), Empty())) != nil
                    }
                }
                for await isDone in group { #expect(isDone) }
            }
        }
        // 24 naps of 50 ms: 1200 ms in turn.
        #expect(time < .milliseconds(800), "\(time)")
    }

    @Test func callCostsLittle() async throws {
        let probe = try await probe(Area())
        let echo = DriverMethod<VolumeRequest, VolumeRequest>.test("Echo")
        let request = VolumeRequest(name: "x")
        let clock = ContinuousClock()
        var times: [Duration] = []
        for _ in 0..<2000 {
            try times.append(clock.measure { _ = try probe.callBlocking(echo, request) })
        }
        times.sort()
        print("a module call at p50: \(times[1000]), at p95: \(times[1900])")
        #expect(times[1000] < .microseconds(500), "\(times[1000])")
    }

    @Test func kindThatTheModuleLacksIsRefused() async throws {
        let area = try Area()
        let module = try area.probe()
        try area.write("x.json", #"{"name": "x", "kinds": ["volume", "network"], "module": "\#(module)"}"#)
        let registry = try await area.registry()
        let reason = "module `\(module)`: the descriptor says `network`, but the driver implements VolumeDriver"
        #expect(registry.statuses().map(\.condition) == [.refused(reason)])
        #expect(registry.names(of: .volume).isEmpty)
        #expect(throws: DriverError(.unavailable, "driver `x`: \(reason)")) {
            try registry.driver(kind: .volume, name: "x")
        }
    }

    @Test func driverOfAnotherNameOrKindIsNotFound() async throws {
        let area = try Area()
        _ = try await probe(area)
        let registry = try await area.registry()
        #expect(throws: DriverError(.notFound, "plugin \"absent\" not found")) {
            try registry.driver(kind: .volume, name: "absent")
        }
        #expect(throws: DriverError(.notFound, "plugin \"probe\" not found")) {
            try registry.driver(kind: .network, name: "probe")
        }
    }

    @Test(arguments: [
        ("-DFAIL_OPEN", "the moon is not full"), ("-DFAIL_SILENTLY", "berth_driver_open returned 3"),
        ("-DREFUSE_ABI", "was built for another ABI than 1, the daemon's"),
        ("-DOTHER_ABI", "has ABI 999, and the daemon has ABI 1"),
        ("-DNO_DRIVER", "berth_driver_open gave no driver"), ("-DNO_CALL", "the berth_driver it gave is incomplete"),
        ("-Dberth_driver_open=something_else", "has no entry point `berth_driver_open`"),
    ]) func moduleThatCannotBeOpenedIsRefused(_ flag: String, _ reason: String) async throws {
        let area = try Area()
        let module = try area.probe(flag)
        try area.write("bad.json", #"{"name": "bad", "kinds": ["volume"], "module": "\#(module)"}"#)
        try area.write("good.json", #"{"name": "good", "kinds": ["volume"], "module": "\#(try area.probe())"}"#)
        let registry = try await area.registry()
        guard case .refused(let text) = registry.statuses()[0].condition else {
            Issue.record("not refused")
            return
        }
        #expect(text.contains(reason) && text.contains(module), "\(text)")
        #expect(area.host.lines.contains("bad: refused: \(text)"))
        #expect(registry.names(of: .volume) == ["good"])
    }

    @Test func fileThatIsNoLibraryIsRefused() async throws {
        let area = try Area()
        let module = try area.write("module.so", "not a library")
        try area.write("bad.json", #"{"name": "bad", "kinds": ["volume"], "module": "\#(module)"}"#)
        let registry = try await area.registry()
        guard case .refused(let text) = registry.statuses()[0].condition else {
            Issue.record("not refused")
            return
        }
        #expect(text.hasPrefix("open module `\(module)`: "), "\(text)")
    }

    @Test func reloadOpensWhatIsNewAndKeepsWhatRuns() async throws {
        let area = try Area()
        let module = try area.probe()
        try area.write("a.json", #"{"name": "a", "kinds": ["volume"], "module": "\#(module)"}"#)
        try area.write("b.json", "oops")
        let registry = try await area.registry()
        #expect(registry.names(of: .volume) == ["a"])
        try area.write("a.json", "oops")
        try area.write("b.json", #"{"name": "b", "kinds": ["volume"], "module": "\#(module)"}"#)
        registry.reload()
        #expect(registry.names(of: .volume) == ["a", "b"])
        let b = try registry.driver(kind: .volume, name: "b")
        #expect(try await b.call(DriverMethod<Empty, Empty>.test("Nothing"), Empty()) == Empty())
    }
}
