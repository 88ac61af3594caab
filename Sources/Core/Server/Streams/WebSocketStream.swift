import CNettle
import Foundation
import Model
import NIOCore
import NIOWebSocket

/// A raw stream in the frames of a web socket (RFC 6455): what the client sends in text or binary frames is input, and
/// output goes out in frames as it comes.
///
/// Belongs to the connection's event loop, between the socket and the handler that has taken the connection.
final class WebSocketStream: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = WebSocketFrame

    /// Bytes of payload; larger frames end the connection.
    private static let largestFrame = 1 << 20

    private let opcode: WebSocketOpcode
    private var rules = WebSocketRules()
    private var isClosing = false
    /// The client does not keep to the protocol: nothing more of it is read.
    private var hasFailed = false

    /// - Parameter isText: output is sent in text frames instead of binary ones.
    init(isText: Bool) {
        opcode = isText ? .text : .binary
    }

    /// Puts itself, and what reads and writes frames, in front of the handler.
    func addHandlers(
        before handler: some ChannelHandler, in pipeline: ChannelPipeline.SynchronousOperations
    ) throws {
        let decoder = ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: Self.largestFrame))
        try pipeline.addHandlers([WebSocketFrameEncoder(), decoder, self], position: .before(handler))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasFailed else { return }
        let frame = unwrapInboundIn(data)
        if let code = rules.objection(to: frame) { return fail(context, code) }
        switch frame.opcode {
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .pong: break
        case .connectionClose:
            sayClose(context, .normalClosure, promise: nil)
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        default: context.fireChannelRead(wrapInboundOut(frame.unmaskedData))
        }
    }

    /// An empty buffer stands for the end of the output.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let output = unwrapOutboundIn(data)
        guard output.readableBytes > 0 else { return sayClose(context, .normalClosure, promise: promise) }
        guard !isClosing else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        context.write(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: output)), promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case NIOWebSocketError.invalidFrameLength: fail(context, .messageTooLarge)
        case is NIOWebSocketError: fail(context, .protocolError)
        default: context.close(promise: nil)
        }
    }

    /// Section 7.1.7.
    private func fail(_ context: ChannelHandlerContext, _ code: WebSocketErrorCode) {
        guard !hasFailed else { return }
        hasFailed = true
        let said = context.eventLoop.makePromise(of: Void.self)
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        said.futureResult.whenComplete { _ in context.value.close(promise: nil) }
        sayClose(context.value, code, promise: said)
    }

    /// Section 5.5.1.
    private func sayClose(
        _ context: ChannelHandlerContext, _ code: WebSocketErrorCode, promise: EventLoopPromise<Void>?
    ) {
        guard !isClosing else {
            promise?.succeed()
            return
        }
        isClosing = true
        var reason = context.channel.allocator.buffer(capacity: 2)
        reason.write(webSocketErrorCode: code)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, data: reason)
        context.writeAndFlush(wrapOutboundOut(frame), promise: promise)
    }
}

/// The opening handshake (section 4.2).
enum WebSocketHandshake {
    private static let identifier = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// What proves that the request was understood as a web socket's.
    /// - Parameters: the request's fields; nil for those that it does not have.
    /// - Throws: `BerthError.invalid` when it is none.
    static func accept(upgrade: String?, key: String?, version: String?) throws -> String {
        guard upgrade?.lowercased() == "websocket" else {
            throw BerthError.invalid("attach by web socket: the request has no `Upgrade: websocket`")
        }
        guard version == "13" else {
            throw BerthError.invalid("attach by web socket: `Sec-WebSocket-Version` is not 13")
        }
        guard let key, Data(base64Encoded: key)?.count == 16 else {
            throw BerthError.invalid("attach by web socket: `Sec-WebSocket-Key` is not 16 bytes in base64")
        }
        return Data(sha1(key + identifier)).base64EncodedString()
    }

    /// The protocol asks for this one (section 1.3); it proves nothing to anybody.
    private static func sha1(_ text: String) -> [UInt8] {
        var hash = sha1_ctx()
        nettle_sha1_init(&hash)
        nettle_sha1_update(&hash, text.utf8.count, text)
        return [UInt8](unsafeUninitializedCapacity: Int(SHA1_DIGEST_SIZE)) { space, count in
            nettle_sha1_digest(&hash, space.count, space.baseAddress)
            count = space.count
        }
    }
}
