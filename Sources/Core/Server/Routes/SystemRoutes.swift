import API
import Engine
import HTTPTypes
import Model

/// Ping, version, info, disk usage and events.
struct SystemRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("GET /_ping") { _ in Self.ping("OK") }
        routes.on("HEAD /_ping") { _ in Self.ping("") }
        routes.on("GET /version") { _ in .json(VersionResponse(try await engine.system.info())) }
        routes.on("GET /info") { call in .json(InfoResponse(try await engine.system.info(), version: call.version)) }
        routes.on("GET /system/df") { call in
            let types = call.query.all("type")
            if call.version >= APIVersion(1, 42),
                let unknown = types.first(where: { !["container", "image", "volume", "build-cache"].contains($0) })
            {
                throw BerthError.invalid("unknown object type: \(unknown)")
            }
            let usage = try await engine.system.diskUsage()
            return .json(
                DiskUsageResponse(
                    usage, types: call.version >= APIVersion(1, 42) ? types : [], version: call.version,
                    now: WallClock.now()))
        }
        // Without a builder there is no cache; `docker system prune` asks for it last.
        routes.on("POST /build/prune") { _ in
            .json(PruneResponse(name: "CachesDeleted", removed: [], spaceReclaimed: 0))
        }
        routes.on("GET /events") { call in
            let now = WallClock.now()
            let since = try TimestampParameter.parse(call.query["since"], now: now)
            let until = try TimestampParameter.parse(call.query["until"], now: now)
            if let since, let until, until < since {
                throw BerthError.invalid(
                    "`since` time (\(call.query["since"] ?? "")) cannot be after `until` time "
                        + "(\(call.query["until"] ?? ""))")
            }
            let events = try engine.events.stream(since: since, until: until, filters: try call.query.filters())
            return .stream(contentType: "application/json") { writer in
                for try await event in events { try await writer.write(EventMessage(event), terminator: "\n") }
            }
        }
    }

    /// Clients read the version and the kind of builder from the headers: 1 is the one without BuildKit.
    private static func ping(_ text: String) -> Answer {
        var answer = Answer.text(text)
        answer.headers[.builderVersion] = "1"
        answer.headers[.swarm] = "inactive"
        answer.headers[.cacheControl] = "no-cache, no-store, must-revalidate"
        answer.headers[.pragma] = "no-cache"
        return answer
    }
}
