import API
import Engine
import Model

/// Containers: create, list, inspect, remove, and what is asked of one at a time.
struct ContainerRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("GET /containers/json") { call in
            let snapshots = try await engine.containers.list(
                all: call.query.bool("all"), limit: try call.query.int("limit") ?? 0,
                size: call.query.bool("size"), filters: try call.query.filters())
            let now = WallClock.now()
            return .json(snapshots.map { ContainerSummary($0, version: call.version, now: now) })
        }
        routes.on("POST /containers/create") { call in
            let body = try await call.requiredBody(CreateContainerBody.self)
            let warnings = try body.unsupported.check()
            let created = try await engine.containers.create(
                ContainerRequest(
                    name: call.query["name"], config: body.config, hostConfig: body.hostConfig(version: call.version),
                    networking: body.networking, platform: call.query["platform"],
                    // Recursion came with 1.44; older clients mean what the versions before that did.
                    readOnlyNonRecursive: call.version < APIVersion(1, 44)))
            return .json(
                CreateContainerResponse(id: created.id, warnings: warnings + created.warnings), status: .created)
        }
        routes.on("POST /containers/prune") { call in
            let result = try await engine.removal.prune(filters: try call.query.filters())
            return .json(
                PruneResponse(
                    name: "ContainersDeleted", removed: result.removed, spaceReclaimed: result.spaceReclaimed))
        }
        routes.on("GET /containers/{id}/json") { call in
            let snapshot = try await engine.containers.inspect(call[.id], size: call.query.bool("size"))
            return .json(ContainerInspect(snapshot, version: call.version))
        }
        routes.on("GET /containers/{id}/top") { call in
            let table = try await engine.containers.top(call[.id], psArguments: call.query["ps_args"] ?? "-ef")
            return .json(TopResponse(titles: table.titles, processes: table.processes))
        }
        routes.on("DELETE /containers/{id}") { call in
            try await engine.removal.remove(
                call[.id], force: call.query.bool("force"), removeVolumes: call.query.bool("v"),
                removeLink: call.query.bool("link"))
            return .noContent
        }
    }
}
