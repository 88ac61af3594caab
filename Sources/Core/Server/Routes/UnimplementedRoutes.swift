import Model

/// Calls of Docker's API that Berth does not answer yet: each says so by its name, with 501. Those that only a swarm
/// manager answers say that there is none, with 503, as Docker does outside of a swarm.
enum UnimplementedRoutes {
    private static let notYet = [
        "POST /build", "POST /build/cancel", "POST /session", "POST /grpc", "POST /auth",
        "POST /commit", "GET /distribution/{name...}/json",
        "GET /images/search", "GET /images/get", "GET /images/{name...}/get", "POST /images/{name...}/push",
        "GET /containers/{id}/export", "GET /containers/{id}/changes", "GET /containers/{id}/stats",
        "GET /containers/{id}/archive", "PUT /containers/{id}/archive", "HEAD /containers/{id}/archive",
        "POST /containers/{id}/copy",
        "GET /containers/{id}/checkpoints", "POST /containers/{id}/checkpoints",
        "DELETE /containers/{id}/checkpoints/{checkpoint}", "PUT /volumes/{name}",
        "GET /plugins", "GET /plugins/privileges", "POST /plugins/pull", "POST /plugins/create",
        "POST /plugins/{name...}/enable", "POST /plugins/{name...}/disable",
        "POST /plugins/{name...}/push", "POST /plugins/{name...}/upgrade", "POST /plugins/{name...}/set",
        "DELETE /plugins/{name...}", "POST /swarm/init", "POST /swarm/join",
    ]

    private static let swarmManager = [
        "GET /swarm", "POST /swarm/leave", "POST /swarm/update", "GET /swarm/unlockkey", "POST /swarm/unlock",
        "GET /services", "POST /services/create", "GET /services/{id}", "DELETE /services/{id}",
        "POST /services/{id}/update", "GET /services/{id}/logs",
        "GET /nodes", "GET /nodes/{id}", "DELETE /nodes/{id}", "POST /nodes/{id}/update",
        "GET /tasks", "GET /tasks/{id}", "GET /tasks/{id}/logs",
        "GET /secrets", "POST /secrets/create", "GET /secrets/{id}", "DELETE /secrets/{id}",
        "POST /secrets/{id}/update",
        "GET /configs", "POST /configs/create", "GET /configs/{id}", "DELETE /configs/{id}",
        "POST /configs/{id}/update",
    ]

    private static let swarmMessage =
        "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to connect this node "
        + "to swarm and try again."

    /// What only a swarm manager does.
    static var noSwarm: BerthError { BerthError(.unavailable, swarmMessage) }

    static func add(to routes: inout RouteTable) {
        for route in notYet {
            let name = route.replacing("...}", with: "}")
            routes.on(route) { _ in throw BerthError.notImplemented(name) }
        }
        // No plugin can be installed through the API, so none is found: `docker inspect` asks for them last.
        routes.on("GET /plugins/{name...}/json") { call in
            let name = try call[.name]
            throw BerthError.notFound("plugin \"\(name)\" not found")
        }
        for route in swarmManager {
            routes.on(route) { _ in throw noSwarm }
        }
    }
}
