import API
import Engine
import Model

/// Networks.
struct NetworkRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("GET /networks") { call in
            let snapshots = try await engine.networks.list(filters: try call.query.filters())
            return .json(
                snapshots.map {
                    NetworkResource($0, version: call.version, showsContainers: call.version < APIVersion(1, 28))
                })
        }
        routes.on("POST /networks/create") { call in
            let body = try await call.requiredBody(CreateNetworkBody.self)
            let created = try await engine.networks.create(try body.spec())
            return .json(CreateNetworkResponse(id: created.id, warning: created.warning), status: .created)
        }
        routes.on("POST /networks/prune") { call in
            let result = try await engine.networks.prune(filters: try call.query.filters())
            return .json(PruneResponse(name: "NetworksDeleted", removed: result.removed, spaceReclaimed: nil))
        }
        routes.on("GET /networks/{id}") { call in
            let scope = call.query["scope"] ?? ""
            let id = try call[.id]
            let snapshot = try await engine.networks.inspect(id)
            guard scope.isEmpty || scope == snapshot.record.scope else {
                throw BerthError.notFound("network \(id) not found")
            }
            return .json(NetworkResource(snapshot, version: call.version, showsContainers: true))
        }
        routes.on("POST /networks/{id}/connect") { call in
            let body = try await call.requiredBody(ConnectNetworkBody.self)
            try await engine.connections.connect(
                network: call[.id], container: body.container, settings: body.endpointConfig)
            return .ok
        }
        routes.on("POST /networks/{id}/disconnect") { call in
            let body = try await call.requiredBody(DisconnectNetworkBody.self)
            try await engine.connections.disconnect(
                network: call[.id], container: body.container, force: body.force)
            return .ok
        }
        routes.on("DELETE /networks/{id}") { call in
            try await engine.networks.remove(call[.id])
            return .noContent
        }
    }
}
