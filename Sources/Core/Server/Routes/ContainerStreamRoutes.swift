import API
import Engine
import Model
import NIOCore

/// Logs, wait and attach.
struct ContainerStreamRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("GET /containers/{id}/logs") { call in try await Self.logs(call, engine) }
        routes.on("POST /containers/{id}/wait") { call in try await Self.wait(call, engine) }
        routes.on("POST /containers/{id}/attach") { call in try await Self.attach(call, engine, webSocketAccept: nil) }
        routes.on("GET /containers/{id}/attach/ws") { call in
            let headers = call.request.headers
            return try await Self.attach(
                call, engine,
                webSocketAccept: try WebSocketHandshake.accept(
                    upgrade: headers[.upgrade], key: headers[.secWebSocketKey], version: headers[.secWebSocketVersion]))
        }
    }

    private static func logs(_ call: Call, _ engine: Engine) async throws -> Answer {
        var options = LogOptions()
        options.stdout = call.query.bool("stdout")
        options.stderr = call.query.bool("stderr")
        guard options.stdout || options.stderr else {
            throw StreamService.noStream
        }
        let now = WallClock.now()
        options.follow = call.query.bool("follow")
        options.since = try TimestampParameter.parse(call.query["since"], now: now)
        options.until = try TimestampParameter.parse(call.query["until"], now: now)
        if options.since == 0 { options.since = nil }
        if options.until == 0 { options.until = nil }
        if let tail = call.query["tail"], !tail.isEmpty, tail != "all" {
            // As in Docker, what is no number, or negative, means everything.
            options.tail = Int(tail).flatMap { $0 < 0 ? nil : $0 }
        }
        let (timestamps, details) = (call.query.bool("timestamps"), call.query.bool("details"))
        let stream = try await engine.streams.logs(call[.id], options: options)
        let multiplexed = !stream.isTTY && call.version >= APIVersion(1, 42)
        return .stream(contentType: "application/vnd.docker.\(multiplexed ? "multiplexed" : "raw")-stream") { writer in
            var text = LogText(isTTY: stream.isTTY, timestamps: timestamps, details: details)
            for try await batch in stream {
                try await writer.write(text.encode(batch))
            }
        }
    }

    private static func wait(_ call: Call, _ engine: Engine) async throws -> Answer {
        var condition = WaitCondition.notRunning
        if call.version >= APIVersion(1, 30), let name = call.query["condition"], !name.isEmpty {
            guard let known = WaitCondition(rawValue: name) else {
                throw BerthError.invalid("invalid condition: \"\(name)\"")
            }
            condition = known
        }
        let wait = try await engine.containers.wait(call[.id], condition: condition)
        return .stream(contentType: "application/json") { writer in
            let result = try await wait.result()
            try await writer.write(WaitResponse(statusCode: result.statusCode, error: result.error), terminator: "\n")
        }
    }

    private static func attach(_ call: Call, _ engine: Engine, webSocketAccept: String?) async throws -> Answer {
        let detachKeys = try DetachKeys(call.query["detachKeys"])
        var options = AttachOptions()
        options.stream = call.query.bool("stream")
        options.logs = call.query.bool("logs")
        options.stdin = call.query.bool("stdin")
        options.stdout = call.query.bool("stdout")
        options.stderr = call.query.bool("stderr")
        let session = try await engine.streams.attach(call[.id], options: options)
        var hijack = Hijack(session, version: call.version, webSocketAccept: webSocketAccept)
        hijack.stdin = options.stdin
        hijack.streams = Hijack.streams(
            stdout: options.stdout, stderr: options.stderr, isTTY: session.isTTY)
        hijack.detachKeys = detachKeys
        return Answer(body: .hijack(hijack))
    }
}

extension Hijack {
    /// The stream of a session that the engine has opened.
    init(_ session: AttachSession, version: APIVersion, webSocketAccept: String? = nil) {
        self.init(isTTY: session.isTTY, version: version)
        self.webSocketAccept = webSocketAccept
        start = { try await session.start() }
        socket = { await session.socket() }
        endRecorded = { await session.endRecorded() }
        onDetach = { session.detached() }
        close = { session.close() }
        if let logs = session.logs {
            let isRaw = isRaw
            replay = { send in
                var text = LogText(isTTY: isRaw)
                for try await batch in logs {
                    try await send(text.encode(batch))
                }
            }
        }
    }

    /// A terminal has one stream of output, whichever was asked for.
    static func streams(stdout: Bool, stderr: Bool, isTTY: Bool) -> Set<UInt8> {
        if isTTY { return stdout || stderr ? [StreamFrame.stdout, StreamFrame.stderr] : [] }
        return Set((stdout ? [StreamFrame.stdout] : []) + (stderr ? [StreamFrame.stderr] : []))
    }
}
