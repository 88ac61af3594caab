import ChildProcess
import Foundation
import PluginLoader
import PluginProtocol
import Testing

/// A directory for one test, with descriptors and compiled modules, that is gone when the test is over.
final class Area: Sendable {
    let path: String
    let host: TestHost

    init(host: TestHost = TestHost()) throws {
        path = "/tmp/plugins-\(UUID().uuidString.prefix(8))"
        self.host = host
        try FileManager.default.createDirectory(atPath: path + "/plugins.d", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var plugins: String { path + "/plugins.d" }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let file = plugins + "/" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Makes an empty file.
    func touch(_ name: String) { _ = FileManager.default.createFile(atPath: path + "/" + name, contents: nil) }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

    /// Compiles Tests/Fixtures/modules/probe.c from the one header.
    func probe(_ flags: String...) throws -> String {
        let module = path + "/probe\(flags.joined()).so"
        let header = Self.package + "/Sources/Plugins/CDriver/include"
        try Self.run(
            "cc",
            flags + ["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", header, "-o", module]
                + [Self.package + "/Tests/Fixtures/modules/probe.c"])
        return module
    }

    /// A registry with what is described in `plugins.d`, its modules opened or refused.
    func registry(shared: [String: JSONValue] = [:]) async throws -> PluginRegistry {
        let registry = startRegistry(shared: shared)
        for _ in 0..<1000 where registry.statuses().contains(where: { $0.condition == .opening }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        return registry
    }

    /// A registry whose modules may still be opening.
    func startRegistry(shared: [String: JSONValue] = [:]) -> PluginRegistry {
        PluginRegistry(
            pluginsDirectory: plugins, modulesDirectory: Self.modules, hostServices: host, sharedOptions: shared
        ) { _, _ in NoTransport() }
    }

    /// Where the package is.
    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// Where the build has put the modules: beside the tests.
    static let modules = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .path

    static func run(_ program: String, _ arguments: [String]) throws {
        let status = try ChildProcess(program, arguments).wait()
        try #require(status == 0, "\(program) \(arguments.joined(separator: " "))")
    }
}

/// What stands for a socket in tests that have none.
struct NoTransport: Transport {
    var condition: DriverStatus.Condition { .ready }
    func start(_ call: Call) { call.complete(.failure(.system("no sockets here"))) }
    func close() {}
}

extension DriverMethod {
    /// A method of the probe.
    static func test(_ name: String) -> Self { Self("Test.\(name)") }
}
