import API

/// Answers a call.
package typealias RouteHandler = @Sendable (Call) async throws -> Answer

/// What a route's path may say: `{id}`. A pattern with another name in braces is taken as it stands, and so answers
/// nobody.
package enum PathParameter: String, Sendable {
    case id, name, checkpoint
}

/// A method and a path like "/containers/{id}/json". `{name...}` takes one segment or more, for the slashes in the
/// names of images; a pattern has at most one of them.
struct Route: Sendable {
    private enum Segment: Sendable {
        case literal(Substring)
        case parameter(PathParameter)
        case rest(PathParameter)
    }

    private let segments: [Segment]
    private let restIndex: Int?
    let handler: RouteHandler

    init(_ pattern: String, handler: @escaping RouteHandler) {
        segments = pattern.split(separator: "/").map { segment in
            guard segment.hasPrefix("{") else { return .literal(segment) }
            let name = segment.dropFirst().dropLast()
            let isRest = name.hasSuffix("...")
            guard let parameter = PathParameter(rawValue: String(isRest ? name.dropLast(3) : name)) else {
                return .literal(segment)
            }
            return isRest ? .rest(parameter) : .parameter(parameter)
        }
        restIndex = segments.firstIndex { if case .rest = $0 { true } else { false } }
        self.handler = handler
    }

    /// The parameters, or nil when the path is another one.
    func match(_ path: [Substring]) -> [PathParameter: String]? {
        let spare = path.count - segments.count
        guard restIndex == nil ? spare == 0 : spare >= 0 else { return nil }
        var parameters: [PathParameter: String] = [:]
        var position = 0
        for (index, segment) in segments.enumerated() {
            switch segment {
            case .literal(let text):
                guard path[position] == text else { return nil }
            case .parameter(let name):
                parameters[name] = Self.decode(path[position])
            case .rest(let name):
                parameters[name] = path[position...(position + spare)].map(Self.decode).joined(separator: "/")
                position += spare
            }
            if index != segments.count - 1 { position += 1 }
        }
        return parameters
    }

    private static func decode(_ segment: Substring) -> String {
        segment.utf8.contains(UInt8(ascii: "%"))
            ? Query.percentDecode(segment.utf8, plusIsSpace: false) : String(segment)
    }
}

/// All routes, found by method and first segment; among those the first that fits is taken.
package struct RouteTable: Sendable {
    private var routes: [String: [Route]] = [:]

    package init() {}

    /// Adds a route: `"GET /containers/json"`.
    package mutating func on(_ methodAndPath: String, _ handler: @escaping RouteHandler) {
        let parts = methodAndPath.split(separator: " ")
        let first = parts[1].split(separator: "/").first ?? ""
        routes["\(parts[0]) \(first)", default: []].append(Route(String(parts[1]), handler: handler))
    }

    package func find(method: String, path: Substring) -> (handler: RouteHandler, parameters: [PathParameter: String])?
    {
        // A slash at the end is one of another path.
        guard !path.hasSuffix("/") else { return nil }
        let segments = path.split(separator: "/")
        for route in routes["\(method) \(segments.first ?? "")"] ?? [] {
            if let parameters = route.match(segments) { return (route.handler, parameters) }
        }
        return nil
    }
}
