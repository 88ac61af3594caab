import NIOCore
import NIOWebSocket

/// What RFC 6455 asks of a client's frames, beyond what the decoder sees to: that they are not too large, and control frames whole
/// and short.
struct WebSocketRules {
    /// A message has begun and not ended.
    private var isInMessage = false
    private var hasClosed = false

    /// Why the connection is to end; nil for a frame that is in order. To be asked about each, in turn.
    mutating func objection(to frame: WebSocketFrame) -> WebSocketErrorCode? {
        // Section 5.1: a client masks. 5.2: nothing was agreed on that these bits could mean. 5.5.1: the last is the last.
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3, !hasClosed else { return .protocolError }
        switch frame.opcode {
        // Section 5.4: a message is one frame, or goes on in continuations, and no other comes between.
        case .text, .binary:
            if isInMessage { return .protocolError }
            isInMessage = !frame.fin
        case .continuation:
            if !isInMessage { return .protocolError }
            isInMessage = !frame.fin
        case .ping, .pong: break
        case .connectionClose:
            hasClosed = true
            return Self.isReason(frame.unmaskedData) ? nil : .protocolError
        default: return .protocolError
        }
        return nil
    }

    /// Section 5.5.1: nothing, or a code that may be sent (7.4) and text behind it.
    private static func isReason(_ data: ByteBuffer) -> Bool {
        var data = data
        if data.readableBytes == 0 { return true }
        guard let code = data.readInteger(as: UInt16.self) else { return false }
        return (1000...1003).contains(code) || (1007...1014).contains(code) || (3000...4999).contains(code)
    }
}
