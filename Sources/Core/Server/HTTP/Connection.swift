import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import ServiceLifecycle

/// One client's connection.
package struct Connection: Sendable {
    package let channel: any Channel
    let presence: ClientPresence
    let handler: NIOLoopBound<HijackHandler>

    /// Runs an operation and cancels it when the client goes away or the daemon shuts down.
    /// - Throws: what the operation throws; `CancellationError` when it was cancelled.
    func untilClientLeaves(_ operation: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                await presence.gone()
                throw CancellationError()
            }
            group.addTask {
                try await gracefulShutdown()
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// Sets up a client's connection: hummingbird's HTTP/1.1 channel, in front of it the handler that can take the
/// connection away from HTTP, and within it, behind the parser, the one that ends the connection when it is to end.
struct ConnectionSetup: ServerChildChannel {
    struct Value: ServerChildChannelValue {
        let http: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
        let connection: Connection

        var channel: any Channel { connection.channel }
    }

    let responder: Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        HTTP1Channel { _, _, _ in }.setup(channel: channel, logger: logger).flatMapThrowing { http in
            let presence = ClientPresence()
            let handler = HijackHandler(presence: presence)
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHandler(handler, position: .first)
            let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
            try pipeline.addHandler(LastRequestHandler(), position: .after(parser))
            // A connection that is taken while the server ends has nobody to take it on, and NIO traps on a writer that is
            // let go unfinished. Closing finishes it.
            channel.closeFuture.whenComplete { _ in withExtendedLifetime(http) {} }
            let connection = Connection(
                channel: channel, presence: presence, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
            return Value(http: http, connection: connection)
        }
    }

    func handle(value: Value, logger: Logger) async {
        let connection = value.connection
        let responder = responder
        await HTTP1Channel { request, writer, _ in
            try await responder.respond(to: request, writer: writer, connection: connection)
        }.handle(value: value.http, logger: logger)
    }
}
