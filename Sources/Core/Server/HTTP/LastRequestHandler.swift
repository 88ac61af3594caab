import API
import NIOCore
import NIOHTTP1

/// Ends a connection after the answer to its last request: one of HTTP/1.0, one that says `Connection: close` in whatever
/// case, one that might have taken the connection away from HTTP, or one whose body is too large to be read to its end.
///
/// What the parser refuses is answered in Docker's form, unless the answer has been given already.
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
    /// A request has begun and not ended.
    private var isReceiving = false
    private var refusal = "malformed HTTP request"

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .body: break
        case .end: isReceiving = false
        case .head(let head):
            isReceiving = true
            let isHijackable = HijackableRequest.matches(
                method: head.method.rawValue, target: head.uri, asksForUpgrade: head.headers.contains(name: "upgrade"))
            requests.append(
                Request(
                    version: head.version, isLast: head.version == .http1_0 || !head.isKeepAlive || isHijackable))
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError { refusal = "malformed HTTP request: \(Self.words(of: "\(error)"))" }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // What the parser refuses is answered without having been a request.
        guard !requests.isEmpty else { return refuse(context, data, promise) }
        if case .head(let head) = unwrapOutboundIn(data), head.status == .payloadTooLarge {
            requests[requests.startIndex].isLast = true
        }
        guard let request = requests.first, request.isLast else {
            if case .end = unwrapOutboundIn(data) { requests.removeFirst() }
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

    /// Answers what the parser has refused.
    private func refuse(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        // The rest of a request that has been answered gets no answer of its own.
        guard !isReceiving else {
            promise?.succeed()
            if case .end = unwrapOutboundIn(data) { close(context.channel) }
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            let body = ByteBuffer(bytes: JSONWriter.encode(ErrorResponse(refusal)))
            head.headers.replaceOrAdd(name: "Content-Type", value: "application/json")
            head.headers.replaceOrAdd(name: "Content-Length", value: "\(body.readableBytes)")
            context.write(wrapOutboundOut(.head(head)), promise: promise)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        case .body: promise?.succeed()
        case .end:
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenSuccess { self.close(context.channel) }
            context.write(data, promise: written)
        }
    }

    /// "invalidHeaderToken" as "invalid header token".
    private static func words(of name: String) -> String {
        name.reduce(into: "") { text, character in
            text += character.isUppercase ? " " + character.lowercased() : String(character)
        }
    }

    /// The client sees the end of the answer by that of the connection.
    private func close(_ channel: any Channel) {
        channel.close(mode: .output, promise: nil)
        channel.eventLoop.scheduleTask(in: Self.lingering) { channel.close(promise: nil) }
    }
}
