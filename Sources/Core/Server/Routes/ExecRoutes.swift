import API
import Engine
import Model

/// Further processes in running containers.
struct ExecRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("POST /containers/{id}/exec") { call in
            let config = try await call.requiredBody(ExecConfig.self)
            guard !config.cmd.isEmpty else { throw BerthError.invalid("No exec command specified") }
            if let keys = config.detachKeys, !keys.isEmpty { _ = try DetachKeys(keys) }
            return .json(
                IDResponse(try await engine.execs.create(call[.id], config: config)), status: .created)
        }
        routes.on("POST /exec/{id}/start") { call in try await Self.start(call, engine) }
        routes.on("GET /exec/{id}/json") { call in
            .json(ExecInspect(try await engine.execs.inspect(call[.id])))
        }
        routes.on("POST /exec/{id}/resize") { call in
            let (rows, columns) = try ContainerActionRoutes.terminalSize(call)
            try await engine.execs.resize(call[.id], rows: rows, columns: columns)
            return .ok
        }
    }

    private static func start(_ call: Call, _ engine: Engine) async throws -> Answer {
        let body = try await call.body(StartExecBody.self) ?? StartExecBody()
        if let size = body.consoleSize, !size.isEmpty, !(body.tty && size.count == 2) {
            throw BerthError.invalid(
                body.tty
                    ? "console size must be an array with 2 elements"
                    : "console size is only supported when TTY is enabled")
        }
        let id = try call[.id]
        let config = try await engine.execs.inspect(id).config
        let session = try await engine.execs.start(id, detach: body.detach, consoleSize: body.consoleSize)
        guard let session else { return .ok }
        var hijack = Hijack(session, version: call.version)
        hijack.stdin = config.attachStdin
        hijack.streams = Hijack.streams(
            stdout: config.attachStdout, stderr: config.attachStderr, isTTY: session.isTTY)
        hijack.detachKeys = (try? DetachKeys(config.detachKeys)) ?? .standard
        return Answer(body: .hijack(hijack))
    }
}
