import NIOCore

/// The monitor's side of a hijacked connection.
///
/// Belongs to the event loop of the client's connection; its channel is made with `autoRead` off.
final class MonitorHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var context: ChannelHandlerContext?
    private var client: HijackHandler?
    private var frames: FrameReader
    private let closed: EventLoopPromise<Bool>

    /// - Parameter closed: succeeds when the socket is closed, with whether the process has ended.
    init(client: HijackHandler, frames: FrameReader, closed: EventLoopPromise<Bool>) {
        self.client = client
        self.frames = frames
        self.closed = closed
    }

    /// The monitor reads fast enough.
    var canSend: Bool { context?.channel.isWritable ?? false }

    func resumeOutput() {
        context?.read()
    }

    func send(_ frames: ByteBuffer) {
        guard frames.readableBytes > 0 else { return }
        context?.writeAndFlush(wrapOutboundOut(frames), promise: nil)
    }

    func close() {
        client = nil
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        client = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        client?.join(self)
        client?.whenHeadIsRead { self.context?.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let client else { return }
        var output = ByteBuffer()
        frames.read(unwrapInboundIn(data), into: &output)
        client.write(output)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let client else { return }
        client.flush()
        if client.canSend { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { client?.resumeInput() }
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        closed.succeed(frames.hasExited)
        client = nil
        context.fireChannelInactive()
    }

    /// A broken socket ends the output as its end does.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
