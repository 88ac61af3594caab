import ChildProcess
import Foundation
import Glibc
import PluginLoader
import PluginProtocol
import Testing

/// A plugin in another process, Tests/Fixtures/socketdriver.py, on a unix socket and on a TCP port.
@Suite struct SocketTests {
    /// A running plugin, ended with the test.
    private final class Plugin {
        private let process: ChildProcess

        /// - Parameter waits: until it listens, which is no part of a call's time then.
        init(_ area: Area, at socket: String, kinds: String = "VolumeDriver", waits: Bool = true) throws {
            process = try ChildProcess(
                "python3",
                [Area.package + "/Tests/Fixtures/socketdriver.py", socket, area.path + "/root", "--kinds", kinds])
            let deadline = Date() + 60
            while waits, !Self.listens(at: socket) {
                try #require(Date() < deadline, "the plugin does not listen")
                usleep(10_000)
            }
        }

        private static func listens(at socket: String) -> Bool {
            guard let port = UInt16(socket) else { return access(socket, F_OK) == 0 }
            let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            return withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, length) == 0 }
            }
        }

        func stop() { process.terminate() }

        deinit { stop() }
    }

    private func plugin(
        _ area: Area, at socket: String? = nil, timeout: Int = 5000
    ) throws -> DriverHandle {
        let socket = socket ?? area.path + "/x.sock"
        try area.write(
            "x.json", #"{"name": "x", "kinds": ["volume"], "socket": "\#(socket)", "timeout-ms": \#(timeout)}"#)
        let registry = PluginRegistry(
            pluginsDirectory: area.plugins, modulesDirectory: Area.modules, hostServices: area.host, sharedOptions: [:])
        return try registry.driver(kind: .volume, name: "x")
    }

    private func calls(_ area: Area) throws -> [String] {
        try String(contentsOfFile: area.path + "/root/.calls", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func volumeIsMadeAndRemovedOverASocket() async throws {
        let area = try Area()
        let server = try Plugin(area, at: area.path + "/x.sock")
        let x = try plugin(area)
        _ = try await x.call(.createVolume, CreateVolumeRequest(name: "data"))
        let path = area.path + "/root/data"
        #expect(try await x.call(.mountVolume, MountVolumeRequest(name: "data", id: "1")).mountpoint == path)
        #expect(area.exists("root/data"))
        #expect(try await x.call(.getVolume, VolumeRequest(name: "data")).volume.mountpoint == path)
        #expect(try await x.call(.listVolumes, Empty()).volumes.map(\.name) == ["data"])
        _ = try await x.call(.unmountVolume, MountVolumeRequest(name: "data", id: "1"))
        _ = try await x.call(.removeVolume, VolumeRequest(name: "data"))
        #expect(!area.exists("root/data"))
        await #expect(throws: DriverError(.notFound, "no such volume: data")) {
            _ = try await x.call(.getVolume, VolumeRequest(name: "data"))
        }
        let calls = try calls(area)
        #expect(calls.first == "Plugin.Activate application/vnd.docker.plugins.v1.2+json")
        #expect(calls.count(where: { $0.hasPrefix("Plugin.Activate") }) == 1)
        server.stop()
    }

    @Test func pluginOnATCPPortIsReached() async throws {
        let area = try Area()
        let port = Int.random(in: 20_000..<30_000)
        let server = try Plugin(area, at: "\(port)")
        let x = try plugin(area, at: "http://127.0.0.1:\(port)")
        _ = try await x.call(.createVolume, CreateVolumeRequest(name: "data"))
        #expect(area.exists("root/data"))
        server.stop()
    }

    @Test func errorsOfAPluginReachTheCaller() async throws {
        let area = try Area()
        let server = try Plugin(area, at: area.path + "/x.sock")
        let x = try plugin(area, timeout: 3000)
        for (method, error) in [
            ("Error", DriverError(.conflict, "it is taken")),
            ("Text", DriverError(.system, "driver `x`: Test.Text: status 500: the plugin is broken")),
            ("Absent", DriverError(.notImplemented, "driver `x` does not implement Test.Absent")),
            ("Large", DriverError(.system, "driver `x`: Test.Large: the reply is larger than 4194304 bytes")),
        ] {
            await #expect(throws: error) {
                _ = try await x.call(DriverMethod<Empty, MountpointReply>.test(method), Empty())
            }
        }
        for method in ["Garbage", "Hangup"] {
            let error = await #expect(throws: DriverError.self) {
                _ = try await x.call(DriverMethod<Empty, MountpointReply>.test(method), Empty())
            }
            #expect(error?.message.hasPrefix("driver `x`: Test.\(method): ") == true, "\(error?.message ?? "")")
        }
        let request = CreateVolumeRequest(name: "é\"\n😀", options: ["a": "b"])
        #expect(try await x.call(.test("Echo"), request) == request)
        server.stop()
    }

    /// One never begins to answer, the other stops in the middle of its answer.
    @Test(arguments: ["Hang", "Stall"]) func callThatHangsFailsInTimeAndOthersGoOn(_ method: String) async throws {
        let area = try Area()
        let server = try Plugin(area, at: area.path + "/x.sock")
        let x = try plugin(area, timeout: 1500)
        let hanging = Task { try await x.call(DriverMethod<Empty, Empty>.test(method), Empty()) }
        _ = try await x.call(.createVolume, CreateVolumeRequest(name: "data"))
        let clock = ContinuousClock()
        let time = await clock.measure {
            await #expect(throws: DriverError(.unavailable, "driver `x`: Test.\(method) timed out after 1500 ms")) {
                _ = try await hanging.value
            }
        }
        #expect(time < .seconds(4))
        server.stop()
    }

    @Test func manySlowCallsDoNotKeepAnotherWaiting() async throws {
        let area = try Area()
        let server = try Plugin(area, at: area.path + "/x.sock")
        let x = try plugin(area, timeout: 3000)
        _ = try await x.call(.createVolume, CreateVolumeRequest(name: "data"))
        let slow = (0..<20).map { _ in Task { try await x.call(DriverMethod<Empty, Empty>.test("Hang"), Empty()) } }
        try await Task.sleep(for: .milliseconds(100))
        let time = try await ContinuousClock().measure {
            _ = try await x.call(.createVolume, CreateVolumeRequest(name: "more"))
        }
        #expect(time < .seconds(2))
        server.stop()
        for each in slow { await #expect(throws: DriverError.self) { _ = try await each.value } }
    }

    @Test func pluginThatIsNotThereFailsItsCallsUntilItIs() async throws {
        let area = try Area()
        let clock = ContinuousClock()
        let start = clock.now
        let x = try plugin(area, timeout: 800)
        #expect(clock.now - start < .milliseconds(500))
        let error = await #expect(throws: DriverError.self) {
            _ = try await x.call(.createVolume, CreateVolumeRequest(name: "data"))
        }
        #expect(error?.code == .unavailable)
        #expect(
            error?.message.hasPrefix("driver `x`: Plugin.Activate: the plugin cannot be reached at http+unix://")
                == true,
            "\(error?.message ?? "")")
        #expect(clock.now - start < .seconds(3))
        var server = try Plugin(area, at: area.path + "/x.sock")
        try await untilItListens(area)
        _ = try await x.call(.createVolume, CreateVolumeRequest(name: "data"))
        // It is started again: the handshake is made anew.
        server.stop()
        try FileManager.default.removeItem(atPath: area.path + "/x.sock")
        server = try Plugin(area, at: area.path + "/x.sock")
        try await untilItListens(area)
        _ = try await x.call(.createVolume, CreateVolumeRequest(name: "more"))
        #expect(area.exists("root/more"))
        server.stop()
    }

    @Test func callWaitsForAPluginThatIsJustStarting() async throws {
        let area = try Area()
        let x = try plugin(area, timeout: 10_000)
        let creating = Task { try await x.call(.createVolume, CreateVolumeRequest(name: "data")) }
        try await Task.sleep(for: .milliseconds(100))
        let server = try Plugin(area, at: area.path + "/x.sock", waits: false)
        _ = try await creating.value
        #expect(area.exists("root/data"))
        server.stop()
    }

    @Test func kindThatThePluginLacksIsAnError() async throws {
        let area = try Area()
        let server = try Plugin(area, at: area.path + "/x.sock", kinds: "NetworkDriver")
        let x = try plugin(area)
        let text = "driver `x`: the descriptor says `volume`, but the driver implements NetworkDriver"
        await #expect(throws: DriverError(.unavailable, text)) { _ = try await x.call(.listVolumes, Empty()) }
        server.stop()
    }

    private func untilItListens(_ area: Area) async throws {
        for _ in 0..<1000 where !area.exists("x.sock") { try await Task.sleep(for: .milliseconds(5)) }
    }
}
