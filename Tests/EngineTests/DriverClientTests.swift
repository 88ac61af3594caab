import Engine
import Model
import PluginProtocol
import Testing

@Suite struct DriverClientTests {
    let room: TestRoom

    init() throws { room = try TestRoom() }

    /// A driver's error is what a client sees, with its status.
    @Test(arguments: [
        (DriverError.Code.invalid, BerthError.Code.invalidParameter), (.forbidden, .forbidden), (.notFound, .notFound),
        (.conflict, .conflict), (.system, .system), (.notImplemented, .notImplemented), (.unavailable, .unavailable),
    ])
    func anErrorIsTranslated(code: DriverError.Code, seen: BerthError.Code) async {
        room.driver.answer("VolumeDriver.Remove", .failure(DriverError(code, "why")))
        await #expect(throws: BerthError(seen, "why")) {
            _ = try await room.drivers.call(.volume, "fake", .removeVolume, VolumeRequest(name: "v"))
        }
    }

    /// What was made is taken away when a later step fails, the last first; what was not made is not.
    @Test func whatWasMadeIsTakenAway() async throws {
        let room = room
        var undo = Undo()
        for name in ["one", "two"] {
            _ = try await room.drivers.make(
                .volume, "fake", .createVolume, CreateVolumeRequest(name: name), &undo
            ) { _ in
                _ = try? await room.drivers.call(.volume, "fake", .removeVolume, VolumeRequest(name: name))
            }
        }
        room.driver.answer("VolumeDriver.Create", .failure(.conflict("no")))
        await #expect(throws: BerthError.conflict("no")) {
            _ = try await room.drivers.make(
                .volume, "fake", .createVolume, CreateVolumeRequest(name: "three"), &undo
            ) { _ in Issue.record("there is nothing to take away") }
        }
        await undo.run()
        await undo.run()
        #expect(room.driver.calls.filter { $0 == "VolumeDriver.Remove" }.count == 2)
    }

    @Test func whatItCanDoIsAskedOnce() async {
        room.driver.answer("VolumeDriver.Capabilities", .success(#"{"Capabilities": {"Scope": "global"}}"#))
        for _ in 0..<3 { #expect(await room.drivers.scope(ofVolumeDriver: "fake") == "global") }
        #expect(room.driver.calls == ["VolumeDriver.Capabilities"])
    }

    /// One that does not answer may do so later; one that does not know the question never will.
    @Test(arguments: [(DriverError.Code.unavailable, 3), (.notImplemented, 1)])
    func oneThatDoesNotSayIsLocal(code: DriverError.Code, asked: Int) async {
        room.driver.answer("VolumeDriver.Capabilities", .failure(DriverError(code, "no")))
        for _ in 0..<3 { #expect(await room.drivers.scope(ofVolumeDriver: "fake") == "local") }
        #expect(room.driver.calls.count == asked)
    }

    /// What a driver need not know how to hear is no error.
    @Test func tellingNeverFails() async {
        room.driver.answer("NetworkDriver.Check", .failure(DriverError(.notImplemented, "no")))
        await room.drivers.tell(.network, "fake", .check, Empty())
        await room.drivers.tell(.network, "absent", .check, Empty())
        #expect(room.driver.calls == ["NetworkDriver.Check"])
    }
}
