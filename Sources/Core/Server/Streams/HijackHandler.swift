import NIOCore

/// Stands in front of the HTTP handlers of every client connection. It does nothing until a route takes the
/// connection away from HTTP; from then on bytes go between the client and a monitor's socket, each direction only
/// as fast as its receiver reads.
///
/// Belongs to the connection's event loop.
final class HijackHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// HTTP.
        case passive
        /// Raw bytes; the monitor's socket may not be there yet.
        case hijacked
        /// Everything has been sent; waiting for the client to close.
        case ending
    }

    /// Bytes of input that are held while the process has not started.
    private static let heldInput = 64 * 1024
    /// Time a client has for closing its side after the end of the output.
    private static let lingering = TimeAmount.seconds(1)

    private let presence: ClientPresence
    private var context: ChannelHandlerContext?
    private var phase = Phase.passive
    private var input = ClientInput(isAttached: false, detachKeys: nil)
    private var onDetach: @Sendable () -> Void = {}
    private var requests = RequestScanner()
    private var held = ByteBuffer()
    private var inputEnded = false
    private var monitor: MonitorHandler?
    private let gate = HeadGate()

    init(presence: ClientPresence) {
        self.presence = presence
    }

    // MARK: What routes call, through `Hijack`

    /// Takes the connection: sends `head`, then nothing but raw bytes, in a web socket's frames if the client wants them.
    /// - Parameter onDetach: called when the client presses the detach keys.
    /// - Throws: `ChannelError.alreadyClosed` when the client has gone.
    func begin(
        head: ByteBuffer, webSocket: WebSocketStream? = nil, input: ClientInput,
        onDetach: @escaping @Sendable () -> Void
    ) throws {
        guard let context, context.channel.isActive, phase == .passive else { throw ChannelError.alreadyClosed }
        phase = .hijacked
        self.input = input
        self.onDetach = onDetach
        context.writeAndFlush(wrapOutboundOut(head), promise: nil)
        if let webSocket {
            try webSocket.addHandlers(before: self, in: context.pipeline.syncOperations)
            let early = held
            held = ByteBuffer()
            // Once more from the beginning of the pipeline: these are frames.
            if early.readableBytes > 0 { context.pipeline.syncOperations.fireChannelRead(NIOAny(early)) }
        }
        context.read()
    }

    /// Sends raw bytes, when the client has read the head.
    func send(_ buffer: ByteBuffer, promise: EventLoopPromise<Void>?) {
        whenHeadIsRead { [self] in
            guard let context else {
                promise?.fail(ChannelError.alreadyClosed)
                return
            }
            context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
        }
    }

    /// Calls `body` when the client has read the head, at once if it has.
    func whenHeadIsRead(_ body: @escaping () -> Void) {
        gate.whenOpen(for: context?.channel, body)
    }

    /// Joins the client with the monitor's socket, whose channel `monitor` is part of.
    func join(_ monitor: MonitorHandler) {
        guard let context, context.channel.isActive, phase == .hijacked else {
            monitor.close()
            return
        }
        self.monitor = monitor
        let held = held
        self.held = ByteBuffer()
        if held.readableBytes > 0 { forward(held) }
        if inputEnded { endInput() }
        context.read()
    }

    /// Sends what is still to be sent, then closes the sending half; the whole when the client closes too.
    func endOutput() {
        whenHeadIsRead { [self] in endOutputNow() }
    }

    private func endOutputNow() {
        guard let context, phase == .hijacked else { return }
        phase = .ending
        monitor?.close()
        monitor = nil
        let flushed = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: flushed)
        flushed.futureResult.assumeIsolated().whenComplete { _ in self.closeOutput() }
    }

    private func closeOutput() {
        guard let context else { return }
        guard !inputEnded else {
            context.close(promise: nil)
            return
        }
        context.close(mode: .output, promise: nil)
        context.read()
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.lingering) { self.context?.close(promise: nil) }
    }

    // MARK: What the monitor's side calls

    /// The client reads fast enough.
    var canSend: Bool { gate.isOpen && context?.channel.isWritable ?? false }

    func resumeInput() {
        context?.read()
    }

    /// What a monitor that has gone left behind comes unasked, and so perhaps before the head has been read.
    func write(_ output: ByteBuffer) {
        guard phase == .hijacked, output.readableBytes > 0 else { return }
        whenHeadIsRead { [self] in context?.write(wrapOutboundOut(output), promise: nil) }
    }

    func flush() {
        whenHeadIsRead { [self] in context?.flush() }
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        clientLeft()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .passive:
            let (requests, early) = requests.split(unwrapInboundIn(data))
            if let early { held.writeImmutableBuffer(early) }
            if requests.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(requests)) }
        case .hijacked: forward(unwrapInboundIn(data))
        case .ending: break
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if phase == .passive { context.fireChannelReadComplete() }
        readIfWanted(context)
    }

    /// Reads that HTTP asks for are its own; a hijacked connection is read when its receiver can take more.
    func read(context: ChannelHandlerContext) {
        if phase != .passive {
            readIfWanted(context)
        } else if held.readableBytes < Self.heldInput {
            context.read()
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if phase == .passive {
            context.write(data, promise: promise)
        } else {
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if canSend { monitor?.resumeOutput() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            presence.leave()
            inputEnded = true
            switch phase {
            case .passive: break
            case .hijacked:
                endInput()
                return
            case .ending:
                context.close(promise: nil)
                return
            }
        } else if event is ChannelShouldQuiesceEvent, phase != .passive {
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        clientLeft()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if phase == .passive {
            context.fireErrorCaught(error)
        } else {
            context.close(promise: nil)
        }
    }

    // MARK: Input

    private func readIfWanted(_ context: ChannelHandlerContext) {
        switch phase {
        case .passive: break
        case .hijacked:
            let wanted = monitor.map(\.canSend) ?? (held.readableBytes < Self.heldInput)
            if wanted { context.read() }
        case .ending: context.read()
        }
    }

    private func forward(_ buffer: ByteBuffer) {
        guard let monitor else {
            held.writeImmutableBuffer(buffer)
            return
        }
        var frames = ByteBuffer()
        let isDetached = input.read(buffer, into: &frames)
        monitor.send(frames)
        guard isDetached else { return }
        onDetach()
        endOutput()
    }

    private func endInput() {
        guard let monitor else { return }
        var frames = ByteBuffer()
        input.end(into: &frames)
        monitor.send(frames)
    }

    private func clientLeft() {
        presence.leave()
        monitor?.close()
        monitor = nil
        if phase != .passive { phase = .ending }
    }
}
