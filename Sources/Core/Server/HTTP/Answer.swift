import API
import HTTPTypes
import HummingbirdCore
import NIOCore

/// What a route answers with.
package struct Answer: Sendable {
    /// What comes after the head.
    package enum Body: Sendable {
        case bytes(ByteBuffer)
        /// The head is sent at once; the closure writes pieces, each flushed, until it returns. It is cancelled when
        /// the client goes away or the daemon shuts down.
        case stream(@Sendable (StreamWriter) async throws -> Void)
        /// The connection stops being HTTP.
        case hijack(Hijack)
    }

    package var status: HTTPResponse.Status
    package var headers: HTTPFields
    package var body: Body

    package init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: Body = .bytes(ByteBuffer())) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A JSON body.
    package static func json(_ value: some JSONWritable, status: HTTPResponse.Status = .ok) -> Answer {
        Answer(
            status: status, headers: [.contentType: "application/json"],
            body: .bytes(ByteBuffer(bytes: JSONWriter.encode(value))))
    }

    /// Plain text.
    package static func text(_ text: String) -> Answer {
        Answer(headers: [.contentType: "text/plain; charset=utf-8"], body: .bytes(ByteBuffer(string: text)))
    }

    /// A stream of the given type.
    package static func stream(
        contentType: String, _ write: @escaping @Sendable (StreamWriter) async throws -> Void
    ) -> Answer {
        Answer(headers: [.contentType: contentType], body: .stream(write))
    }

    package static let noContent = Answer(status: .noContent)
    package static let ok = Answer()
    package static let created = Answer(status: .created)

    /// An error as clients read it. A 304 has no body.
    package static func error(_ message: String, status: Int) -> Answer {
        status == 304 ? Answer(status: .notModified) : json(ErrorResponse(message), status: .init(code: status))
    }
}

/// Writes the pieces of a streamed answer.
///
/// Unchecked because hummingbird's writer is an existential without the mark; the writer behind it is a value around
/// a `Sendable` channel writer and has no state of its own.
package struct StreamWriter: @unchecked Sendable {
    private let base: any ResponseBodyWriter

    init(_ base: any ResponseBodyWriter) {
        self.base = base
    }

    /// Suspends while the client does not read.
    /// - Throws: when the connection is closed.
    package func write(_ buffer: ByteBuffer) async throws {
        var base = base
        try await base.write(buffer)
    }

    package func write(_ value: some JSONWritable, terminator: String = "") async throws {
        try await write(ByteBuffer(bytes: JSONWriter.encode(value) + Array(terminator.utf8)))
    }

    func finish() async throws {
        try await base.finish(nil)
    }
}
