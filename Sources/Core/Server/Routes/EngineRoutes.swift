import Engine

/// Every route of the API, each calling the engine.
enum EngineRoutes {
    static func table(engine: Engine) -> RouteTable {
        var routes = RouteTable()
        SystemRoutes(engine: engine).add(to: &routes)
        ContainerRoutes(engine: engine).add(to: &routes)
        ContainerActionRoutes(engine: engine).add(to: &routes)
        ContainerStreamRoutes(engine: engine).add(to: &routes)
        ExecRoutes(engine: engine).add(to: &routes)
        ImageRoutes(engine: engine).add(to: &routes)
        ImageStreamRoutes(engine: engine).add(to: &routes)
        NetworkRoutes(engine: engine).add(to: &routes)
        VolumeRoutes(engine: engine).add(to: &routes)
        UnimplementedRoutes.add(to: &routes)
        return routes
    }
}
