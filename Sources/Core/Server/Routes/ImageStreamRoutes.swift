import API
import Engine
import Model
import NIOCore

/// Load and import, which read an archive from the request's body as it comes.
struct ImageStreamRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("POST /images/load") { call in
            if let platform = call.query["platform"], !platform.isEmpty {
                throw BerthError.notImplemented("POST /images/load with a platform")
            }
            let quiet = call.query.bool("quiet", default: true)
            return .stream(contentType: "application/json") { writer in
                try await Self.load(call, engine, quiet: quiet, writer)
            }
        }
        routes.on("POST /images/create") { call in
            guard let source = call.query["fromSrc"], !source.isEmpty, (call.query["fromImage"] ?? "").isEmpty else {
                throw BerthError.notImplemented("POST /images/create (pull)")
            }
            guard source == "-" else { throw BerthError.notImplemented("POST /images/create (import from a URL)") }
            let id = try await BodyPipe.feed(from: call) { file in
                try await engine.images.importRootFS(
                    fileDescriptor: file, repository: call.query["repo"] ?? "", tag: call.query["tag"] ?? "",
                    message: call.query["message"] ?? "", changes: call.query.all("changes"),
                    platform: call.query["platform"] ?? "")
            }
            var answer = Answer.json(ProgressMessage.status(id))
            if case .bytes(var buffer) = answer.body {
                buffer.writeString("\r\n")
                answer.body = .bytes(buffer)
            }
            return answer
        }
    }

    /// Errors are said in the stream: its head is on its way before the archive has been read.
    private static func load(_ call: Call, _ engine: Engine, quiet: Bool, _ writer: StreamWriter) async throws {
        let (lines, progress) = AsyncStream<String>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { progress.finish() }
                try await BodyPipe.feed(from: call) { file in
                    try await engine.images.load(fileDescriptor: file) { progress.yield($0) }
                }
            }
            for await line in lines {
                try await writer.write(ProgressMessage.stream(line), terminator: "\r\n")
            }
            do {
                try await group.next()
            } catch let error as CancellationError {
                throw error
            } catch {
                try await writer.write(ProgressMessage.error("\(error)"), terminator: "\r\n")
            }
        }
    }
}
