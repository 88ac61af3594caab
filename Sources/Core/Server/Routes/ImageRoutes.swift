import API
import Engine
import Model

/// Images: list, inspect, history, tag, remove.
struct ImageRoutes {
    let engine: Engine

    func add(to routes: inout RouteTable) {
        let engine = engine
        routes.on("GET /images/json") { call in
            var options = ImageListOptions()
            options.sharedSize = call.query.bool("shared-size")
            options.filters = try call.query.filters()
            if call.version < APIVersion(1, 25), let name = call.query["filter"], !name.isEmpty {
                options.filters.values["reference", default: []].append(name)
            }
            return .json(
                try await engine.images.list(options).map {
                    ImageSummary($0.record, containers: -1, sharedSize: $0.sharedSize, version: call.version)
                })
        }
        routes.on("POST /images/prune") { call in
            let result = try await engine.images.prune(filters: try call.query.filters())
            return .json(
                ImagePruneResponse(
                    deleted: result.removals.map(Self.item), spaceReclaimed: result.spaceReclaimed))
        }
        routes.on("GET /images/{name...}/json") { call in
            .json(
                ImageInspect(
                    try await engine.images.inspect(call[.name], platform: try Self.platform(call)).record,
                    version: call.version))
        }
        routes.on("GET /images/{name...}/history") { call in
            .json(
                try await engine.images.history(call[.name], platform: try Self.platform(call)).map {
                    HistoryItem(
                        id: $0.id, created: $0.created, createdBy: $0.createdBy, tags: $0.tags, size: $0.size,
                        comment: $0.comment)
                })
        }
        routes.on("POST /images/{name...}/tag") { call in
            try await engine.images.tag(
                call[.name], repository: call.query["repo"] ?? "", tag: call.query["tag"] ?? "")
            return .created
        }
        routes.on("DELETE /images/{name...}") { call in
            let name = try call[.name]
            guard !name.allSatisfy(\.isWhitespace) else { throw BerthError.invalid("image name cannot be blank") }
            if !call.query.all("platforms").isEmpty {
                throw BerthError.notImplemented("DELETE /images/{name} of platforms")
            }
            let removed = try await engine.images.remove(name, force: call.query.bool("force"))
            return .json(removed.map(Self.item))
        }
    }

    /// The platform that an image should be for, "os/architecture/variant"; nil when none is named.
    private static func platform(_ call: Call) throws -> String? {
        guard let text = call.query["platform"], !text.isEmpty else { return nil }
        return try JSONBody.decode(PlatformParameter.self, from: text.utf8).text
    }

    private static func item(_ removal: ImageRemoval) -> ImageDeleteItem {
        switch removal {
        case .untagged(let name): .untagged(name)
        case .deleted(let id): .deleted(id)
        }
    }
}
