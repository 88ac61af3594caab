import Engine
import Foundation
import Images
import Logging
import Model
import PluginLoader
import State

/// What services are given in these tests: a database and an image store in a folder of their own, a driver of every
/// kind in this process, and containers that are said to be there. Nothing needs root.
final class TestRoom: Sendable {
    let folder: String
    let database: Database
    let store: ImageStore
    let driver = TestDriver()
    let usage = TestUsage()
    let events = EventBus()
    let drivers: DriverClient
    let owed: OwedWork
    let blocking = Blocking(threads: 2)
    let logger: Logger

    init() throws {
        folder = "/tmp/engine-\(UUID().uuidString.prefix(8))"
        for name in ["plugins.d", "image"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(name)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        var quiet = Logger(label: "engine tests")
        quiet.logLevel = .critical
        logger = quiet
        owed = OwedWork(logger: quiet)
        let folder = folder
        database = try DataRoot(
            folder, imageCount: 0, hasImage: { _ in false }, hasMonitor: { _ in false },
            newID: { String(repeating: "a1", count: 32) }, log: { _ in }
        ).open().database
        store = try ImageStore(root: folder + "/image")
        let descriptor = """
            {"name": "fake", "kinds": ["network", "ipam", "volume"], "socket": "\(folder)/fake.sock"}
            """
        try Data(descriptor.utf8).write(to: URL(fileURLWithPath: folder + "/plugins.d/fake.json"))
        let driver = driver
        let registry = PluginRegistry(
            pluginsDirectory: folder + "/plugins.d", modulesDirectory: folder, hostServices: NoServices(),
            sharedOptions: [:]
        ) { _, _ in driver }
        drivers = DriverClient(registry: registry, logger: quiet)
    }

    deinit {
        database.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    var volumes: VolumeService {
        VolumeService(
            database: database, drivers: drivers, events: events, usage: usage, owed: owed, blocking: blocking,
            store: store, logger: logger)
    }

    var networks: NetworkService {
        NetworkService(
            database: database, drivers: drivers, events: events, usage: usage, owed: owed,
            bridge: .init(name: "none", address: ""), logger: logger)
    }

    var images: ImageService {
        ImageService(
            store: store, database: database, events: events, usage: usage, unreadable: UnreadableRecords(),
            blocking: blocking, logger: logger)
    }

    /// What has been told so far, as "kind action name".
    func told() async throws -> [String] {
        var lines: [String] = []
        let now = Int64(Date().timeIntervalSince1970 * 1e9) + 1_000_000
        for try await event in events.subscribe(since: 0, until: now, accepts: { _ in true }) {
            lines.append("\(event.kind.rawValue) \(event.action) \(event.attributes["name"] ?? event.actorID)")
        }
        return lines
    }
}

/// The test driver keeps nothing.
private struct NoServices: HostServices {
    func log(driver: String, level: DriverLogLevel, _ text: String) {}
    func putState(
        driver: String, bucket: String, key: String, value: [UInt8], owner: String, onlyIfAbsent: Bool
    ) throws -> Bool { true }
    func state(driver: String, bucket: String, key: String) throws -> [UInt8]? { nil }
    func deleteState(driver: String, bucket: String, key: String) throws -> Bool { false }
    func states(driver: String, bucket: String) throws -> [DriverStateRow] { [] }
}
