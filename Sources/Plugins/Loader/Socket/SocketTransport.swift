import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import PluginProtocol
import Synchronization

/// Calls to a plugin that serves Docker's plugin protocol over HTTP: `POST /NetworkDriver.Join` with a JSON body, on a
/// unix socket or a TCP port.
///
/// Nothing is sent until the first call: the plugin may be started after the daemon. A call to one that does not
/// listen yet tries again until the call's timeout. A call that is not complete by then is given up, however far it has
/// come, and its connection is closed. The handshake (`POST /Plugin.Activate`) is made once, and again after a
/// connection was refused.
final class SocketTransport: Transport {
    private static let mediaType = "application/vnd.docker.plugins.v1.2+json"
    private static let accepted = "application/vnd.docker.plugins.v1.2+json, application/vnd.docker.plugins.v1.1+json"
    private static let replyLimit = 4 << 20
    private static let retryMilliseconds: [Int64] = [10, 20, 50, 100, 200, 500]

    private struct State {
        var isActivated = false
        var isClosed = false
    }

    private let name: String
    private let kinds: [DriverKind]
    private let base: String
    /// The path of a unix socket; nil for a TCP port.
    private let socket: String?
    private let timeoutMilliseconds: Int
    private let log: @Sendable (DriverLogLevel, String) -> Void
    private let client: HTTPClient
    private let state = Mutex(State())

    /// - Parameters:
    ///   - base: an `http://` or `http+unix://` URL, without a slash at its end.
    ///   - socket: the path, where it is of a unix socket. What others than root could put in its place is not connected to.
    init(
        name: String, kinds: [DriverKind], base: String, socket: String?, timeoutMilliseconds: Int, client: HTTPClient,
        log: @escaping @Sendable (DriverLogLevel, String) -> Void
    ) {
        self.name = name
        self.kinds = kinds
        self.base = base
        self.socket = socket
        self.timeoutMilliseconds = timeoutMilliseconds
        self.client = client
        self.log = log
    }

    var condition: DriverStatus.Condition { state.withLock { $0.isClosed ? .refused("closed") : .ready } }

    var isReached: Bool { state.withLock { $0.isActivated && !$0.isClosed } }

    func start(_ call: Call) {
        let deadline = Monotonic.now + UInt64(timeoutMilliseconds) * 1_000_000
        let task = Task { call.complete(await answer(call, until: deadline)) }
        Deadlines.shared.add(call, at: deadline) { [self] in
            call.expire(unavailable("\(call.method) timed out after \(timeoutMilliseconds) ms"))
            task.cancel()
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
    }

    private func answer(_ call: Call, until deadline: UInt64) async -> Result<Data, DriverError> {
        do throws(DriverError) {
            try await activate(until: deadline)
            return .success(try await send(call.method, call.request, until: deadline))
        } catch {
            return .failure(error)
        }
    }

    private func activate(until deadline: UInt64) async throws(DriverError) {
        if state.withLock({ $0.isActivated }) { return }
        let method = DriverMethod<Empty, ActivateReply>.activate.name
        let body = try await send(method, Data("{}".utf8), until: deadline)
        let reply = try Wire.decode(ActivateReply.self, from: body, driver: name, method: method)
        do {
            try reply.check(kinds)
        } catch {
            log(.error, error.message)
            throw unavailable(error.message)
        }
        state.withLock { $0.isActivated = true }
    }

    /// Sends a request, again and again while nobody listens. The deadline itself is watched from outside, which
    /// cancels the task.
    private func send(_ method: String, _ body: Data, until deadline: UInt64) async throws(DriverError) -> Data {
        var attempt = 0
        while true {
            if state.withLock({ $0.isClosed }) { throw unavailable("closed") }
            let failure: any Error
            do {
                return try await post(method, body)
            } catch let error as DriverError {
                throw error
            } catch {
                failure = error
            }
            guard Self.isUnreachable(failure) else { throw unavailable("\(method): \(Self.reason(failure))") }
            // Whoever listens there next may be another one.
            state.withLock { $0.isActivated = false }
            let pause = Self.retryMilliseconds[min(attempt, Self.retryMilliseconds.count - 1)]
            attempt += 1
            guard Int64(clamping: Monotonic.now) + pause * 1_000_000 < Int64(clamping: deadline) else {
                throw unavailable("\(method): the plugin cannot be reached at \(base): \(Self.reason(failure))")
            }
            try? await Task.sleep(nanoseconds: UInt64(pause) * 1_000_000)
        }
    }

    private func checkSocket() throws {
        guard let socket else { return }
        switch TrustedPath.verdict(on: socket) {
        case .trusted: break
        case .absent: throw IOError(errnoCode: ENOENT, reason: "connect")
        case .objection(let text): throw unavailable("the socket `\(socket)` is not trusted: \(text)")
        }
    }

    private func post(_ method: String, _ body: Data) async throws -> Data {
        try checkSocket()
        var request = HTTPClientRequest(url: "\(base)/\(method)")
        request.method = .POST
        request.headers = ["Content-Type": Self.mediaType, "Accept": Self.accepted]
        // A path is no host name, so the client names none; HTTP/1.1 asks for one (RFC 9112, 3.2), and Go's server too.
        if base.hasPrefix("http+unix:") { request.headers.add(name: "Host", value: "plugin") }
        request.body = .bytes(ByteBuffer(bytes: body))
        // Without a deadline of its own, which would end at the reply's head.
        let response = try await client.execute(request, deadline: .distantFuture)
        let reply: Data
        do {
            reply = Data(try await response.body.collect(upTo: Self.replyLimit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw DriverError.system("driver `\(name)`: \(method): the reply is larger than \(Self.replyLimit) bytes")
        }
        if response.status == .ok { return reply }
        // Docker's plugins put their error into the body; anything else is text.
        if let error = try? JSONDecoder().decode(DriverReply<Empty>.self, from: reply), case .error(let failure) = error
        {
            throw failure
        }
        if response.status == .notFound {
            throw DriverError(.notImplemented, "driver `\(name)` does not implement \(method)")
        }
        let text = String(decoding: reply.prefix(512), as: UTF8.self)
        throw DriverError.system("driver `\(name)`: \(method): status \(response.status.code): \(text)")
    }

    /// Nobody has read the request: it may be sent again. EAGAIN is a unix socket whose queue of connections is full.
    private static func isUnreachable(_ error: any Error) -> Bool {
        if let error = error as? IOError { return [ECONNREFUSED, ENOENT, EAGAIN].contains(error.errnoCode) }
        return error is NIOConnectionError || error as? HTTPClientError == .connectTimeout
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        if let error = error as? HTTPClientError { return error.shortDescription }
        return "\(error)"
    }

    private func unavailable(_ reason: String) -> DriverError {
        DriverError(.unavailable, "driver `\(name)`: \(reason)")
    }
}
