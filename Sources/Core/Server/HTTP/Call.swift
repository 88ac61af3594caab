import API
import HTTPTypes
import HummingbirdCore
import Model
import NIOCore
import NIOHTTP1

/// One request as a route sees it.
package struct Call: Sendable {
    /// The largest JSON body, in bytes.
    package static let bodyLimit = 4 * 1024 * 1024

    package let request: Request
    package let version: APIVersion
    package let query: Query
    let parameters: [PathParameter: String]
    let connection: Connection

    /// A parameter of the route's path.
    /// - Throws: `BerthError.system` when the route's pattern has no such parameter.
    package subscript(parameter: PathParameter) -> String {
        get throws {
            guard let value = parameters[parameter] else {
                throw BerthError.system(
                    "the route of \(request.method.rawValue) has no parameter {\(parameter.rawValue)}")
            }
            return value
        }
    }

    /// The request's body, decoded.
    /// - Returns: nil when there is no body.
    /// - Throws: `BerthError` for another content type, a body that is too large, or malformed JSON.
    package func body<Value: Decodable>(_ type: Value.Type) async throws -> Value? {
        guard hasBody else { return nil }
        return try await requiredBody(type)
    }

    /// As `body(_:)`, but an absent body is malformed.
    package func requiredBody<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        try checkContentType()
        return try JSONBody.decode(type, from: try await wholeBody().readableBytesView)
    }

    private func wholeBody() async throws -> ByteBuffer {
        if let length, length > Self.bodyLimit { throw tooLarge }
        do {
            return try await request.body.collect(upTo: Self.bodyLimit)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch HTTPParserError.invalidEOFState {
            throw BerthError.invalid("invalid JSON: unexpected EOF")
        } catch let error as HTTPParserError {
            throw BerthError.invalid("malformed request body: \(error)")
        }
    }

    /// The client wants to speak raw bytes afterwards.
    var asksForUpgrade: Bool {
        request.headers[.upgrade] != nil
    }

    private var length: Int? { request.headers[.contentLength].flatMap { Int($0) } }

    private var hasBody: Bool {
        request.headers[.transferEncoding] != nil || (length ?? 0) > 0
    }

    private var tooLarge: BerthError {
        BerthError(.tooLarge, "the request body is larger than \(Self.bodyLimit) bytes")
    }

    /// Bodies have to say that they are JSON; without a body nothing has to be said.
    private func checkContentType() throws {
        let type = request.headers[.contentType] ?? ""
        if type.isEmpty {
            guard hasBody else { return }
            throw BerthError.invalid("malformed Content-Type header (): mime: no media type")
        }
        let media = type.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard media != "application/json" else { return }
        throw BerthError.invalid(
            version < APIVersion(1, 42)
                ? "Content-Type specified (\(type)) must be 'application/json'"
                : "unsupported Content-Type header (\(type)): must be 'application/json'")
    }
}
