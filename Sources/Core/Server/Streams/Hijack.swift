import API
import Glibc
import NIOCore
import NIOPosix

/// An answer that turns the connection into a raw stream between the client and a process.
package struct Hijack: Sendable {
    package typealias Send = @Sendable (ByteBuffer) async throws -> Void

    /// The process has a terminal: output is sent without frames, detach keys count.
    package var isTTY: Bool
    package var version: APIVersion
    /// The answer to a web socket's opening handshake; nil for a raw stream. A web socket's output has no frames of
    /// Docker's.
    package var webSocketAccept: String?
    package var stdin = false
    /// Which of `StreamFrame.stdout` and `StreamFrame.stderr` the client gets.
    package var streams: Set<UInt8> = [StreamFrame.stdout, StreamFrame.stderr]
    package var detachKeys = DetachKeys.standard
    /// Sends what was written before.
    package var replay: (@Sendable (Send) async throws -> Void)?
    /// Has the process started: called once, after the head has gone out, whether or not the client is still there. What it
    /// throws is told in the stream.
    package var start: @Sendable () async throws -> Void = {}
    /// Gives a connected socket that speaks the monitor's frames and that is then ours to close; nil for no stream.
    /// It may wait until the process starts, and is cancelled when the client leaves.
    package var socket: (@Sendable () async throws -> CInt?)?
    /// Suspends until the process's end, which the socket has told of, can be asked for. The client sees no end of the
    /// output before that.
    package var endRecorded: @Sendable () async -> Void = {}
    /// The client has pressed the detach keys.
    package var onDetach: @Sendable () -> Void = {}
    /// Called once when all is over, whatever came of it: a socket that was not asked for is not needed any more.
    package var close: @Sendable () -> Void = {}

    package init(isTTY: Bool, version: APIVersion) {
        self.isTTY = isTTY
        self.version = version
    }

    /// Runs the stream to its end; the connection is closed afterwards.
    func run(on connection: Connection, upgrade: Bool) async {
        defer { close() }
        let channel = connection.channel
        let input = ClientInput(isAttached: stdin, detachKeys: isTTY ? detachKeys : nil)
        let head = ByteBuffer(string: head(upgrade: upgrade))
        // Browsers want text frames; before 1.28 all got them.
        let (isWebSocket, isText) = (webSocketAccept != nil, version < APIVersion(1, 28))
        do {
            try await channel.eventLoop.submit {
                try connection.handler.value.begin(
                    head: head, webSocket: isWebSocket ? WebSocketStream(isText: isText) : nil, input: input,
                    onDetach: onDetach)
            }.get()
        } catch {
            channel.close(promise: nil)
            try? await start()
            return
        }
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await feed(connection) }
                try? await channel.closeFuture.get()
                group.cancelAll()
            }
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    private func feed(_ connection: Connection) async {
        let loop = connection.channel.eventLoop
        let send: Send = { buffer in
            try await loop.flatSubmit {
                let promise = loop.makePromise(of: Void.self)
                connection.handler.value.send(buffer, promise: promise)
                return promise.futureResult
            }.get()
        }
        do {
            try await start()
            try await replay?(send)
            if let descriptor = try await socket?(), try await join(descriptor, connection) { await endRecorded() }
        } catch is CancellationError {
        } catch {
            try? await send(message("\(error)\r\n"))
        }
        loop.execute { connection.handler.value.endOutput() }
    }

    /// Hands the monitor's socket to the client's event loop, and suspends until it is closed, by the monitor or since the
    /// client has gone.
    /// - Returns: whether the process has ended.
    private func join(_ descriptor: CInt, _ connection: Connection) async throws -> Bool {
        let loop = connection.channel.eventLoop
        let frames = FrameReader(passesHeaders: !isRaw, streams: streams)
        let closed = loop.makePromise(of: Bool.self)
        ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = MonitorHandler(client: connection.handler.value, frames: frames, closed: closed)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .withConnectedSocket(descriptor).whenFailure { closed.fail($0) }
        return try await closed.futureResult.get()
    }

    /// Output is sent as it is.
    package var isRaw: Bool { isTTY || webSocketAccept != nil }

    /// Text for the user in the form that the client expects of output.
    private func message(_ text: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        if !isRaw { StreamFrame.writeHeader(StreamFrame.stderr, length: text.utf8.count, to: &buffer) }
        buffer.writeString(text)
        return buffer
    }

    /// The head is written by hand: it is the last of HTTP on this connection.
    private func head(upgrade: Bool) -> String {
        if let webSocketAccept {
            return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(webSocketAccept)\r\n\r\n"
        }
        let multiplexed = !isTTY && version >= APIVersion(1, 42)
        let type = "application/vnd.docker.\(multiplexed ? "multiplexed" : "raw")-stream"
        return upgrade
            ? "HTTP/1.1 101 UPGRADED\r\nContent-Type: \(type)\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                + "Api-Version: \(APIVersion.maximum)\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n"
    }
}
