import Foundation
import PluginLoader
import PluginProtocol
import Testing

/// The bind and local modules on real files and mounts.
@Suite struct VolumeTests {
    private func driver(_ area: Area, _ name: String) async throws -> DriverHandle {
        try area.write(
            "\(name).json", #"{"name": "\#(name)", "kinds": ["volume"], "module": "lib\#(name).so"}"#)
        return try await area.registry(shared: ["data-root": .string(area.path)]).driver(kind: .volume, name: name)
    }

    private func names(_ area: Area) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: area.path + "/volumes").sorted()
    }

    private func isMounted(_ path: String) throws -> Bool {
        try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).contains(" \(path) ")
    }

    // MARK: bind

    @Test func bindGivesThePathItself() async throws {
        let area = try Area()
        let bind = try await driver(area, "bind")
        let request = MountVolumeRequest(name: area.plugins, id: "1")
        #expect(try bind.callBlocking(.mountVolume, request).mountpoint == area.plugins)
        _ = try bind.callBlocking(.unmountVolume, request)
        _ = try bind.callBlocking(.removeVolume, VolumeRequest(name: area.plugins))
        #expect(area.exists("plugins.d"))
        #expect(try bind.callBlocking(.listVolumes, Empty()).volumes.isEmpty)
    }

    @Test func bindRefusesWhatIsNotThereUnlessAskedToMakeIt() async throws {
        let area = try Area()
        let bind = try await driver(area, "bind")
        let path = area.path + "/a/b/c"
        let error = DriverError(.invalid, "bind source path does not exist: \(path)")
        #expect(throws: error) { try bind.callBlocking(.createVolume, CreateVolumeRequest(name: path)) }
        #expect(throws: error) { try bind.callBlocking(.mountVolume, MountVolumeRequest(name: path, id: "1")) }
        #expect(!area.exists("a"))
        _ = try bind.callBlocking(.createVolume, CreateVolumeRequest(name: path, options: ["create": "true"]))
        #expect(area.exists("a/b/c"))
        #expect(try bind.callBlocking(.volumePath, VolumeRequest(name: path)).mountpoint == path)
    }

    @Test func bindRefusesARelativePathAndOneBehindAFile() async throws {
        let area = try Area()
        let bind = try await driver(area, "bind")
        #expect(throws: DriverError(.invalid, "invalid mount path: 'data' mount path must be absolute")) {
            try bind.callBlocking(.mountVolume, MountVolumeRequest(name: "data", id: "1"))
        }
        area.touch("file")
        let path = area.path + "/file/x"
        let text = "error while creating mount source path '\(path)': mkdir \(path): Not a directory"
        #expect(throws: DriverError(.invalid, text)) {
            try bind.callBlocking(.createVolume, CreateVolumeRequest(name: path, options: ["create": "true"]))
        }
    }

    // MARK: local

    @Test func localVolumeLivesUntilItIsRemoved() async throws {
        let area = try Area()
        var local = try await driver(area, "local")
        _ = try local.callBlocking(.createVolume, CreateVolumeRequest(name: "data"))
        _ = try local.callBlocking(.createVolume, CreateVolumeRequest(name: "data"))
        let path = area.path + "/volumes/data/_data"
        #expect(try local.callBlocking(.volumePath, VolumeRequest(name: "data")).mountpoint == path)
        let request = MountVolumeRequest(name: "data", id: "1")
        #expect(try local.callBlocking(.mountVolume, request).mountpoint == path)
        try Data("x".utf8).write(to: URL(fileURLWithPath: path + "/file"))
        try FileManager.default.createDirectory(atPath: path + "/d/e", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: path + "/d/link", withDestinationPath: area.plugins)

        local = try await driver(area, "local")
        #expect(throws: DriverError(.conflict, "remove data: volume is in use - [1]")) {
            try local.callBlocking(.removeVolume, VolumeRequest(name: "data"))
        }
        _ = try local.callBlocking(.unmountVolume, request)
        _ = try local.callBlocking(.unmountVolume, request)
        let volume = try local.callBlocking(.getVolume, VolumeRequest(name: "data")).volume
        #expect(volume.name == "data" && volume.mountpoint == path)
        #expect(try Date(volume.createdAt, strategy: .iso8601).timeIntervalSinceNow > -60)
        #expect(try local.callBlocking(.listVolumes, Empty()).volumes == [volume])

        _ = try local.callBlocking(.removeVolume, VolumeRequest(name: "data"))
        _ = try local.callBlocking(.removeVolume, VolumeRequest(name: "data"))
        #expect(!area.exists("volumes/data"))
        for _ in 0..<400 where try names(area) != [] { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try names(area) == [])
        #expect(area.exists("plugins.d/local.json"))
        #expect(area.host.count == 0)
        #expect(throws: DriverError(.notFound, "get data: no such volume")) {
            try local.callBlocking(.getVolume, VolumeRequest(name: "data"))
        }
    }

    @Test(arguments: ["a/b", "../x", ".hidden", "-x", "a b", "é", "", "a"])
    func localRefusesBadNames(_ name: String) async throws {
        let area = try Area()
        let local = try await driver(area, "local")
        let error = #expect(throws: DriverError.self) {
            try local.callBlocking(.createVolume, CreateVolumeRequest(name: name))
        }
        #expect(error?.code == .invalid)
        let text =
            name.count == 1
            ? "volume name is too short, names should be at least two alphanumeric characters"
            : "create \(name): \"\(name)\" includes invalid characters for a local volume name, only"
        #expect(error?.message.hasPrefix(name == "é" ? "create é" : text) == true, "\(error?.message ?? "")")
        #expect(try names(area) == [])
    }

    @Test(arguments: [
        (["size": "1g"], "invalid option: \"size\""), (["type": "tmpfs"], "missing device in volume options"),
        (["device": "tmpfs"], "missing type in volume options"),
    ]) func localRefusesBadOptions(_ options: [String: String], _ reason: String) async throws {
        let area = try Area()
        let local = try await driver(area, "local")
        #expect(throws: DriverError(.invalid, reason)) {
            try local.callBlocking(.createVolume, CreateVolumeRequest(name: "data", options: options))
        }
        #expect(try names(area) == [])
    }

    @Test(.enabled(if: getuid() == 0, "needs root"))
    func localMountsWithTheFirstUserAndUnmountsWithTheLast() async throws {
        let area = try Area()
        var local = try await driver(area, "local")
        let options = ["type": "tmpfs", "device": "tmpfs", "o": "size=1m,nosuid,uid=7"]
        _ = try local.callBlocking(.createVolume, CreateVolumeRequest(name: "ram", options: options))
        #expect(throws: DriverError(.conflict, "volume ram already exists with other options")) {
            try local.callBlocking(.createVolume, CreateVolumeRequest(name: "ram"))
        }
        let path = area.path + "/volumes/ram/_data"
        #expect(try !isMounted(path))
        _ = try local.callBlocking(.mountVolume, MountVolumeRequest(name: "ram", id: "1"))
        #expect(try isMounted(path))
        let owner = try FileManager.default.attributesOfItem(atPath: path)[.ownerAccountID] as? Int
        #expect(owner == 7)

        // The daemon is started again: the first user counts still.
        local = try await driver(area, "local")
        _ = try local.callBlocking(.mountVolume, MountVolumeRequest(name: "ram", id: "2"))
        _ = try local.callBlocking(.unmountVolume, MountVolumeRequest(name: "ram", id: "1"))
        #expect(try isMounted(path))
        _ = try local.callBlocking(.unmountVolume, MountVolumeRequest(name: "ram", id: "2"))
        #expect(try !isMounted(path))
        _ = try local.callBlocking(.removeVolume, VolumeRequest(name: "ram"))
        #expect(area.host.count == 0)
    }

    @Test(.enabled(if: getuid() == 0, "needs root")) func localMountThatFailsLeavesNothing() async throws {
        let area = try Area()
        let local = try await driver(area, "local")
        let options = ["type": "none", "device": area.path + "/absent", "o": "bind"]
        _ = try local.callBlocking(.createVolume, CreateVolumeRequest(name: "lost", options: options))
        let error = #expect(throws: DriverError.self) {
            try local.callBlocking(.mountVolume, MountVolumeRequest(name: "lost", id: "1"))
        }
        #expect(error?.message.contains("failed to mount local volume: mount \(area.path)/absent:") == true)
        #expect(error?.message.hasSuffix(": No such file or directory") == true, "\(error?.message ?? "")")
        #expect(area.host.count == 0)
        _ = try local.callBlocking(.removeVolume, VolumeRequest(name: "lost"))
    }

    @Test(.enabled(if: getuid() == 0, "needs root")) func localReadOnlyBindIsReadOnly() async throws {
        let area = try Area()
        let local = try await driver(area, "local")
        let options = ["type": "none", "device": area.plugins, "o": "bind,ro"]
        _ = try local.callBlocking(.createVolume, CreateVolumeRequest(name: "seen", options: options))
        let path = try local.callBlocking(.mountVolume, MountVolumeRequest(name: "seen", id: "1")).mountpoint
        #expect(FileManager.default.fileExists(atPath: path + "/local.json"))
        #expect(!FileManager.default.createFile(atPath: path + "/new", contents: nil))
        _ = try local.callBlocking(.unmountVolume, MountVolumeRequest(name: "seen", id: "1"))
        _ = try local.callBlocking(.removeVolume, VolumeRequest(name: "seen"))
        #expect(area.exists("plugins.d/local.json"))
    }

    @Test func localSweepsWhatACrashHasLeft() async throws {
        let area = try Area()
        for name in [".new-1-1/_data", ".removed-1-2/_data/deep/er", "kept/_data"] {
            try FileManager.default.createDirectory(
                atPath: area.path + "/volumes/" + name, withIntermediateDirectories: true)
        }
        let local = try await driver(area, "local")
        #expect(try local.callBlocking(.listVolumes, Empty()).volumes.map(\.name) == ["kept"])
        for _ in 0..<400 where try names(area) != ["kept"] { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try names(area) == ["kept"])
    }

    @Test(.enabled(if: getuid() == 0, "needs root")) func localLeavesNothingOnAFullDisk() async throws {
        let area = try Area()
        try FileManager.default.createDirectory(atPath: area.path + "/volumes", withIntermediateDirectories: false)
        // Room for the root directory alone.
        try Area.run("mount", ["-t", "tmpfs", "-o", "nr_inodes=2", "tmpfs", area.path + "/volumes"])
        defer { try? Area.run("umount", ["-l", area.path + "/volumes"]) }
        let local = try await driver(area, "local")
        let error = #expect(throws: DriverError.self) {
            try local.callBlocking(.createVolume, CreateVolumeRequest(name: "data"))
        }
        #expect(error?.message.hasSuffix(": No space left on device") == true, "\(error?.message ?? "")")
        #expect(try names(area) == [])
    }

    @Test func localVolumesComeAndGoAtOnce() async throws {
        let area = try Area()
        let local = try await driver(area, "local")
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<50 {
                group.addTask {
                    let name = "shared-\(task % 5)"
                    for _ in 0..<4 {
                        _ = try? await local.call(.createVolume, CreateVolumeRequest(name: name))
                        let request = MountVolumeRequest(name: name, id: "\(task)")
                        _ = try? await local.call(.mountVolume, request)
                        _ = try? await local.call(.unmountVolume, request)
                        _ = try? await local.call(.removeVolume, VolumeRequest(name: name))
                    }
                }
            }
        }
        for name in try local.callBlocking(.listVolumes, Empty()).volumes.map(\.name) {
            _ = try local.callBlocking(.removeVolume, VolumeRequest(name: name))
        }
        for _ in 0..<400 where try names(area) != [] { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try names(area) == [])
        #expect(area.host.count == 0)
    }
}
