import NIOCore

/// Finds the end of a request that asks for an upgrade, so that input sent right behind it, without waiting for the
/// answer, is kept: the HTTP parser stops there and drops what follows.
///
/// Only heads that come in one read are seen, which those of clients are.
package struct UpgradeScanner {
    private static let longestHead = 16 * 1024

    /// Bytes of the request's body that are still to come; nil until such a request was seen.
    private var bodyRemaining: Int?

    package init() {}

    /// Cuts what was read into the request's bytes and those behind it.
    package mutating func split(_ buffer: ByteBuffer) -> (request: ByteBuffer, input: ByteBuffer?) {
        var request = buffer
        if bodyRemaining == nil {
            guard let head = Self.upgradeHead(buffer.readableBytesView) else { return (buffer, nil) }
            let part = request.readSlice(length: head.length)!
            let body = min(head.bodyLength, request.readableBytes)
            bodyRemaining = head.bodyLength - body
            request.moveReaderIndex(forwardBy: body)
            return (buffer.getSlice(at: buffer.readerIndex, length: part.readableBytes + body)!, nonEmpty(request))
        }
        let body = request.readSlice(length: min(bodyRemaining ?? 0, request.readableBytes))!
        bodyRemaining = (bodyRemaining ?? 0) - body.readableBytes
        return (body, nonEmpty(request))
    }

    private func nonEmpty(_ buffer: ByteBuffer) -> ByteBuffer? {
        buffer.readableBytes > 0 ? buffer.slice() : nil
    }

    /// The length of a head with an `Upgrade` field, and of the body it announces.
    private static func upgradeHead(_ bytes: ByteBufferView) -> (length: Int, bodyLength: Int)? {
        guard bytes.starts(with: "POST ".utf8) else { return nil }
        var bodyLength = 0
        var asksForUpgrade = false
        var line = bytes.startIndex
        let limit = bytes.index(line, offsetBy: min(longestHead, bytes.count))
        while let end = bytes[line..<limit].firstIndex(of: UInt8(ascii: "\n")) {
            let text = String(decoding: bytes[line..<end], as: UTF8.self).lowercased()
            line = bytes.index(after: end)
            if text == "\r" || text.isEmpty {
                return asksForUpgrade ? (bytes.distance(from: bytes.startIndex, to: line), bodyLength) : nil
            }
            if text.hasPrefix("upgrade:") { asksForUpgrade = true }
            if text.hasPrefix("content-length:") {
                bodyLength = Int(text.dropFirst("content-length:".count).filter { !$0.isWhitespace }) ?? 0
            }
        }
        return nil
    }
}
