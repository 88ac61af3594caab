import Glibc
import Logging
import Server
import Testing

/// Runs a server with the given routes on a socket in a directory of its own.
func withServer(
    routes: RouteTable, _ body: @Sendable (_ path: String) async throws -> Void
) async throws {
    var template = Array("/tmp/server-tests-XXXXXX\0".utf8.map(CChar.init))
    guard mkdtemp(&template) != nil else { throw RawClient.Failure(text: "mkdtemp") }
    let directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    let path = directory + "/api.sock"
    defer {
        if rmdir(directory) != 0 {
            Issue.record("the server has left something in \(directory)")
            unlink(path)
            rmdir(directory)
        }
    }
    let (listening, continuation) = AsyncStream<Void>.makeStream()
    let server = BerthServer(
        routes: routes, configuration: .init(unixSocketPath: path, serverVersion: "1.2.3"),
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) { continuation.finish() }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
            defer { continuation.finish() }
            try await server.run()
        }
        for await _ in listening {}
        try await body(path)
        group.cancelAll()
        try await group.waitForAll()
    }
}
