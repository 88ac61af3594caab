import NIOCore
import NIOHTTP1

/// Ends a connection after the answer to its last request: one of HTTP/1.0, one that says `Connection: close` in whatever
/// case, or one that might have taken the connection away from HTTP.
///
/// An answer to HTTP/1.0 that has no length goes on to the end of the connection instead of coming in chunks (RFC 9112,
/// section 6.1). Stands between the HTTP parser and what speaks of requests without their version; belongs to the
/// connection's event loop.
final class LastRequestHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Request {
        var version: HTTPVersion
        var isLast: Bool
    }

    /// Time a client has for closing its side after the last answer.
    private static let lingering = TimeAmount.seconds(1)

    /// Those that are not answered yet, the oldest first.
    private var requests = CircularBuffer<Request>()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            let isHijackable = HijackableRequest.matches(
                method: head.method.rawValue, target: head.uri, asksForUpgrade: head.headers.contains(name: "upgrade"))
            requests.append(
                Request(
                    version: head.version, isLast: head.version == .http1_0 || !head.isKeepAlive || isHijackable))
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // What the parser refuses is answered without having been a request.
        guard let request = requests.first, request.isLast else {
            if !requests.isEmpty, case .end = unwrapOutboundIn(data) { requests.removeFirst() }
            context.write(data, promise: promise)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            head.version = request.version
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            requests.removeFirst()
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenSuccess { self.close(context.channel) }
            context.write(data, promise: written)
        default:
            context.write(data, promise: promise)
        }
    }

    /// The client sees the end of the answer by that of the connection.
    private func close(_ channel: any Channel) {
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
    }
}
