import API
import CCrash
import HTTPTypes
import HummingbirdCore
import Logging
import Model
import NIOCore
import ServiceLifecycle

/// Answers requests: takes the version off the path, finds the route, writes its answer, and turns errors into
/// Docker's form of them.
package struct Responder: Sendable {
    private let routes: RouteTable
    private let serverVersion: String
    private let logger: Logger
    private let date = DateHeader()

    package init(routes: RouteTable, serverVersion: String, logger: Logger) {
        self.routes = routes
        self.serverVersion = serverVersion
        self.logger = logger
    }

    /// Answers one request of a connection.
    /// - Throws: when the connection cannot be used any more.
    func respond(to request: Request, writer: consuming ResponseWriter, connection: Connection) async throws {
        // This is where all threads of Swift's pool come by.
        berth_crash_stack()
        if request.headers[.expect]?.lowercased() == "100-continue" {
            try await writer.writeInformationalHead(HTTPResponse(status: .continue))
        }
        let answer = await answer(to: request, connection: connection)
        logger.debug("\(request.method.rawValue) \(request.head.path ?? "") \(answer.status.code)")
        var head = HTTPResponse(status: answer.status, headerFields: answer.headers)
        setCommonHeaders(&head.headerFields)
        switch answer.body {
        case .bytes(let buffer):
            if answer.status != .notModified, answer.status != .noContent {
                head.headerFields[.contentLength] = String(buffer.readableBytes)
            }
            let sendsBody = request.method != .head && buffer.readableBytes > 0
            try await writer.write(response: head, body: sendsBody ? .init(byteBuffer: buffer) : .init())
        case .stream(let write):
            let body = StreamWriter(try await writer.writeHead(head))
            do {
                try await connection.untilClientLeaves { try await write(body) }
            } catch let error as BerthError {
                // Too late for a status: the client sees that the stream has broken off.
                logger.warning("\(request.method.rawValue) \(request.head.path ?? ""): \(error.message)")
                throw error
            }
            try await body.finish()
        case .hijack(let hijack):
            await hijack.run(on: connection, upgrade: request.headers[.upgrade] != nil)
        }
    }

    private func answer(to request: Request, connection: Connection) async -> Answer {
        let target = Substring(request.head.path ?? "/")
        let question = target.firstIndex(of: "?") ?? target.endIndex
        if let clean = CleanPath.redirection(of: target[..<question]) {
            return Answer(status: .movedPermanently, headers: [.location: clean + target[question...]])
        }
        var version = APIVersion.maximum
        do {
            let versioned = try VersionedPath(target[..<question])
            version = versioned.version
            guard let found = routes.find(method: request.method.rawValue, path: versioned.path) else {
                return .error("page not found", status: 404)
            }
            let query = Query(question == target.endIndex ? "" : target[target.index(after: question)...])
            return try await found.handler(
                Call(
                    request: request, version: versioned.version, query: query, parameters: found.parameters,
                    connection: connection))
        } catch let error as BerthError {
            return .error(error.message(minor: version.minor), status: error.code.rawValue)
        } catch {
            logger.error("\(request.method.rawValue) \(target[..<question]): \(error)")
            return .error("\(error)", status: 500)
        }
    }

    private func setCommonHeaders(_ headers: inout HTTPFields) {
        headers[.apiVersion] = APIVersion.maximum.description
        headers[.dockerExperimental] = "false"
        headers[.osType] = "linux"
        headers[.server] = "Berth/\(serverVersion) (linux)"
        headers[.date] = date.text()
    }
}

extension HTTPField.Name {
    static let apiVersion = known("Api-Version")
    static let dockerExperimental = known("Docker-Experimental")
    static let osType = known("Ostype")
    static let builderVersion = known("Builder-Version")
    static let swarm = known("Swarm")
    static let pragma = known("Pragma")

    /// A name that is a token (RFC 9110, section 5.6.2), as literals here are.
    private static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .server }
}
