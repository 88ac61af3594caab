import Foundation
import Glibc
import Synchronization

/// A client that speaks bytes over a unix socket. Each call blocks a thread of its own, never Swift's pool.
final class RawClient: Sendable {
    struct Failure: Error { var text: String }

    let descriptor: CInt
    private let isOpen = Atomic(true)

    init(descriptor: CInt) {
        self.descriptor = descriptor
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    convenience init(path: String) throws {
        let file = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Failure(text: "connect \(path): \(String(cString: strerror(errno)))") }
        self.init(descriptor: file)
    }

    /// Two connected clients.
    static func pair() -> (RawClient, RawClient) {
        var ends: [CInt] = [-1, -1]
        socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        return (RawClient(descriptor: ends[0]), RawClient(descriptor: ends[1]))
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await blocking { [descriptor] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Failure(text: "send: \(String(cString: strerror(errno)))") }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// One read; empty at the end.
    func read(max: Int = 64 * 1024) async throws -> [UInt8] {
        try await blocking { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: max)
            let count = Glibc.recv(descriptor, &buffer, max, 0)
            guard count >= 0 else { throw Failure(text: "recv: \(String(cString: strerror(errno)))") }
            return Array(buffer[..<count])
        }
    }

    /// Exactly so many bytes, or fewer at the end.
    func read(exactly count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let piece = try await read(max: count - bytes.count)
            if piece.isEmpty { break }
            bytes += piece
        }
        return bytes
    }

    func readToEnd() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try await read()
            if piece.isEmpty { return bytes }
            bytes += piece
        }
    }

    /// An HTTP head, up to and with its empty line.
    func readHead() async throws -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let byte = try await read(max: 1)
            if byte.isEmpty { break }
            bytes += byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Head and body of an answer that has a length.
    func readAnswer() async throws -> (head: String, body: String) {
        let head = try await readHead()
        let length =
            head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst("content-length:".count).drop { $0 == " " }) } ?? 0
        return (head, String(decoding: try await read(exactly: length), as: UTF8.self))
    }

    func request(_ method: String, _ path: String, headers: String = "", body: String = "") async throws
        -> (head: String, body: String)
    {
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        try await send("\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(headers)\(length)\r\n\(body)")
        return try await readAnswer()
    }

    func endSending() { shutdown(descriptor, CInt(SHUT_WR)) }

    /// Once and no more: the number may be another file's by then.
    func close() {
        guard isOpen.exchange(false, ordering: .relaxed) else { return }
        shutdown(descriptor, CInt(SHUT_RDWR))
        Glibc.close(descriptor)
    }

    private func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
