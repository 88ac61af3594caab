import FoundationEssentials

/// From the name of a method to the driver's function, with the JSON on both sides.
struct Routes: Sendable {
    typealias Route = @Sendable (Data) throws -> Data

    private var routes: [String: Route] = [:]

    /// The routes of every kind that the driver conforms to, and of `Plugin.Activate`.
    init(_ driver: any Driver) {
        var kinds: [String] = []
        if let network = driver as? any NetworkDriver {
            network.addRoutes(to: &self)
            kinds.append(DriverKind.network.implements)
        }
        if let ipam = driver as? any IpamDriver {
            ipam.addRoutes(to: &self)
            kinds.append(DriverKind.ipam.implements)
        }
        if let volume = driver as? any VolumeDriver {
            volume.addRoutes(to: &self)
            kinds.append(DriverKind.volume.implements)
        }
        let activation = ActivateReply(implements: kinds)
        add(.activate) { _ in activation }
    }

    mutating func add<Request: Decodable, Reply: Encodable>(
        _ method: DriverMethod<Request, Reply>, _ body: @escaping @Sendable (Request) throws -> Reply
    ) {
        let name = method.name
        routes[name] = { request in
            let message: Request
            do {
                message = try JSONDecoder().decode(Request.self, from: request)
            } catch {
                throw DriverError.invalid("\(name): malformed request: \(error)")
            }
            return try JSONEncoder().encode(try body(message))
        }
    }

    mutating func add<Request: Decodable>(
        _ method: DriverMethod<Request, Empty>, _ body: @escaping @Sendable (Request) throws -> Void
    ) {
        add(method) { request in
            try body(request)
            return Empty()
        }
    }

    /// Does a call. Nil: there is no such method.
    func call(_ method: String, _ request: Data) throws -> Data? {
        guard let route = routes[method] else { return nil }
        return try route(request)
    }
}
