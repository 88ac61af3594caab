import Foundation
import Glibc
import PluginLoader
import PluginProtocol
import Testing

/// A container may make directories in its volume deeper than any path is long.
@Suite struct DeepVolumeTests {
    @Test func volumeIsRemovedHoweverDeepItIs() async throws {
        let area = try Area()
        try area.write("local.json", #"{"name": "local", "kinds": ["volume"], "module": "liblocal.so"}"#)
        let local = try await area.registry(shared: ["data-root": .string(area.path)])
            .driver(kind: .volume, name: "local")
        _ = try await local.call(.createVolume, CreateVolumeRequest(name: "deep"))
        let data = try await local.call(.volumePath, VolumeRequest(name: "deep")).mountpoint
        var directory = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(directory >= 0)
        for _ in 0..<20_000 {
            try #require(mkdirat(directory, "d", 0o755) == 0)
            let below = openat(directory, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            close(directory)
            directory = below
            try #require(directory >= 0)
        }
        close(directory)
        _ = try await local.call(.removeVolume, VolumeRequest(name: "deep"))
        var left = ["?"]
        for _ in 0..<1000 where !left.isEmpty {
            try await Task.sleep(for: .milliseconds(5))
            left = try FileManager.default.contentsOfDirectory(atPath: area.path + "/volumes")
        }
        #expect(left.isEmpty)
    }
}
