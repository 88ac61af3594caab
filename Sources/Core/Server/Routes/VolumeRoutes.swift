import API
import Engine
import Model

/// Volumes.
struct VolumeRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("GET /volumes") { call in
            let (volumes, warnings) = try await engine.volumes.list(filters: try call.query.filters())
            return .json(VolumeList(volumes: volumes, warnings: warnings))
        }
        routes.on("POST /volumes/create") { call in
            let body = try await call.body(CreateVolumeBody.self) ?? CreateVolumeBody()
            if body.isForCluster { throw UnimplementedRoutes.noSwarm }
            let volume = try await engine.volumes.create(
                name: body.name, driver: body.driver, options: body.driverOpts, labels: body.labels)
            return .json(VolumeResource(volume), status: .created)
        }
        routes.on("POST /volumes/prune") { call in
            var filters = try call.query.filters()
            // Before 1.42 volumes with a name went too.
            if call.version < APIVersion(1, 42) { filters.values["all"] = ["true"] }
            let result = try await engine.volumes.prune(filters: filters)
            return .json(
                PruneResponse(name: "VolumesDeleted", removed: result.removed, spaceReclaimed: result.spaceReclaimed))
        }
        routes.on("GET /volumes/{name}") { call in
            .json(VolumeResource(try await engine.volumes.inspect(call[.name])))
        }
        routes.on("DELETE /volumes/{name}") { call in
            try await engine.volumes.remove(call[.name], force: call.query.bool("force"))
            return .noContent
        }
    }
}
