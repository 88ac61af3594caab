import NIOCore

/// Follows the requests on a connection (RFC 9112) to the end of one that may take it away from HTTP: what comes behind
/// that, without waiting for the answer, is input, and must not reach the HTTP parser, which would drop it.
///
/// All it needs to know of a request is where it ends. What makes no sense is left to the parser to refuse.
package struct RequestScanner {
    private enum Place {
        case head(RequestHead)
        case body(remaining: Int)
        case chunks(ChunkScanner)
        /// Behind the last request.
        case input
        case lost
    }

    private var place = Place.head(RequestHead())
    private var isHijackable = false

    package init() {}

    /// Cuts what was read into the bytes of requests and those behind the last of them.
    package mutating func split(_ buffer: ByteBuffer) -> (requests: ByteBuffer, input: ByteBuffer?) {
        var rest = buffer
        while rest.readableBytes > 0 {
            switch place {
            case .head(var head):
                // Nothing may refer to the head while it grows.
                place = .lost
                switch head.read(&rest) {
                case .incomplete: place = .head(head)
                case .complete: end(of: head)
                case .malformed: break
                }
            case .body(let remaining):
                let count = min(remaining, rest.readableBytes)
                rest.moveReaderIndex(forwardBy: count)
                if count == remaining { endOfRequest() } else { place = .body(remaining: remaining - count) }
            case .chunks(var chunks):
                switch chunks.read(&rest) {
                case .incomplete: place = .chunks(chunks)
                case .complete: endOfRequest()
                case .malformed: place = .lost
                }
            case .input:
                var requests = buffer
                requests.moveWriterIndex(to: rest.readerIndex)
                return (requests, rest.slice())
            case .lost:
                return (buffer, nil)
            }
        }
        return (buffer, nil)
    }

    private mutating func end(of head: RequestHead) {
        isHijackable = HijackableRequest.matches(
            method: head.method, target: head.target, asksForUpgrade: head.asksForUpgrade)
        if head.isChunked {
            place = .chunks(ChunkScanner())
        } else if head.bodyLength > 0 {
            place = .body(remaining: head.bodyLength)
        } else {
            endOfRequest()
        }
    }

    private mutating func endOfRequest() {
        place = isHijackable ? .input : .head(RequestHead())
    }
}

/// How far a part of a request has come.
private enum Progress {
    case incomplete, complete, malformed
}

/// A request's head, line by line.
private struct RequestHead {
    /// Bytes of a line; the parser takes no longer field.
    private static let longestLine = 128 * 1024

    private(set) var method = ""
    private(set) var target = ""
    private(set) var bodyLength = 0
    private(set) var isChunked = false
    private(set) var asksForUpgrade = false
    private var line: [UInt8] = []

    /// Reads up to the end of the head, or as far as `input` goes.
    mutating func read(_ input: inout ByteBuffer) -> Progress {
        while input.readableBytes > 0 {
            let bytes = input.readableBytesView
            let feed = bytes.firstIndex(of: UInt8(ascii: "\n"))
            let part = bytes[..<(feed ?? bytes.endIndex)]
            guard line.count + part.count <= Self.longestLine else { return .malformed }
            line.append(contentsOf: part)
            input.moveReaderIndex(forwardBy: part.count + (feed == nil ? 0 : 1))
            guard feed != nil else { return .incomplete }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            // Empty lines before a request are allowed (section 2.2).
            if line.isEmpty, !method.isEmpty { return .complete }
            guard line.isEmpty || takeLine() else { return .malformed }
            line.removeAll(keepingCapacity: true)
        }
        return .incomplete
    }

    /// False when it cannot be told what follows.
    private mutating func takeLine() -> Bool {
        let text = String(decoding: line, as: UTF8.self)
        guard !method.isEmpty else {
            let words = text.split(separator: " ")
            guard words.count == 3 else { return false }
            method = String(words[0])
            target = String(words[1])
            return true
        }
        guard let colon = text.firstIndex(of: ":") else { return true }
        var value: String { text[text.index(after: colon)...].filter { !$0.isWhitespace } }
        switch text[..<colon].lowercased() {
        case "upgrade": asksForUpgrade = true
        case "transfer-encoding": isChunked = value.lowercased().hasSuffix("chunked")
        case "content-length":
            guard let length = Int(value), length >= 0 else { return false }
            bodyLength = length
        default: break
        }
        return true
    }
}

/// A chunked body (section 7.1), up to the end of its trailer.
private struct ChunkScanner {
    private enum Place {
        case size, extensions
        case data(remaining: Int)
        case dataEnd
        case trailer(lineIsEmpty: Bool)
    }

    /// No chunk is as large; the sum still fits.
    private static let largest = 1 << 48

    private var place = Place.size
    private var size: Int?

    mutating func read(_ input: inout ByteBuffer) -> Progress {
        while input.readableBytes > 0 {
            if case .data(let remaining) = place {
                let count = min(remaining, input.readableBytes)
                input.moveReaderIndex(forwardBy: count)
                place = count == remaining ? .dataEnd : .data(remaining: remaining - count)
                continue
            }
            guard let byte = input.readInteger(as: UInt8.self) else { return .incomplete }
            let progress = take(byte)
            if progress != .incomplete { return progress }
        }
        return .incomplete
    }

    private mutating func take(_ byte: UInt8) -> Progress {
        let isFeed = byte == UInt8(ascii: "\n")
        // Carriage returns stand before line feeds alone.
        if byte == UInt8(ascii: "\r") { return .incomplete }
        switch place {
        case .size, .extensions:
            if isFeed {
                guard let size else { return .malformed }
                place = size == 0 ? .trailer(lineIsEmpty: true) : .data(remaining: size)
                self.size = nil
            } else if case .size = place, let digit = Character(UnicodeScalar(byte)).hexDigitValue {
                let grown = (size ?? 0) << 4 | digit
                guard grown <= Self.largest else { return .malformed }
                size = grown
            } else {
                place = .extensions
            }
        case .data: break
        case .dataEnd:
            guard isFeed else { return .malformed }
            place = .size
        case .trailer(let lineIsEmpty):
            if isFeed, lineIsEmpty { return .complete }
            place = .trailer(lineIsEmpty: isFeed)
        }
        return .incomplete
    }
}
