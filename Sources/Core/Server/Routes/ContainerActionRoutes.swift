import API
import Engine
import Model

/// What changes a container's state, and the size of its terminal.
struct ContainerActionRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("POST /containers/{id}/start") { call in
            if let checkpoint = call.query["checkpoint"], !checkpoint.isEmpty {
                throw BerthError.notImplemented("POST /containers/{id}/start with a checkpoint")
            }
            try await engine.lifecycle.start(call[.id])
            return .noContent
        }
        routes.on("POST /containers/{id}/stop") { call in
            try await engine.lifecycle.stop(
                call[.id], timeout: try call.query.int("t"), signal: Self.signal(call))
            return .noContent
        }
        routes.on("POST /containers/{id}/restart") { call in
            try await engine.lifecycle.restart(
                call[.id], timeout: try call.query.int("t"), signal: Self.signal(call))
            return .noContent
        }
        routes.on("POST /containers/{id}/kill") { call in
            let signal = call.query["signal"] ?? ""
            try await engine.lifecycle.kill(call[.id], signal: signal.isEmpty ? "SIGKILL" : signal)
            return .noContent
        }
        routes.on("POST /containers/{id}/pause") { call in
            try await engine.lifecycle.pause(call[.id])
            return .noContent
        }
        routes.on("POST /containers/{id}/unpause") { call in
            try await engine.lifecycle.unpause(call[.id])
            return .noContent
        }
        routes.on("POST /containers/{id}/rename") { call in
            try await engine.containers.rename(call[.id], to: call.query["name"] ?? "")
            return .noContent
        }
        routes.on("POST /containers/{id}/update") { call in
            let body = try await call.requiredBody(UpdateContainerBody.self)
            let warnings = try body.unsupported.check()
            return .json(
                UpdateContainerResponse(
                    warnings: warnings + (try await engine.containers.update(call[.id], body.hostConfig))))
        }
        routes.on("POST /containers/{id}/resize") { call in
            let (rows, columns) = try Self.terminalSize(call)
            try await engine.streams.resize(call[.id], rows: rows, columns: columns)
            return .ok
        }
    }

    /// `signal` came to stop and restart with 1.42.
    private static func signal(_ call: Call) -> String? {
        guard call.version >= APIVersion(1, 42), let signal = call.query["signal"], !signal.isEmpty else { return nil }
        return signal
    }

    static func terminalSize(_ call: Call) throws -> (rows: Int, columns: Int) {
        func side(_ name: String) throws -> Int {
            guard let value = try call.query.int(name), (0...65535).contains(value) else {
                throw BerthError.invalid(
                    "invalid resize parameter \"\(name)\": \"\(call.query[name] ?? "")\" is not a number from 0 to 65535"
                )
            }
            return value
        }
        return (try side("h"), try side("w"))
    }
}
