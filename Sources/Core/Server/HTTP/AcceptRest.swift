import Glibc
import Logging
import NIOCore

/// Lets the listening socket rest for a moment when a connection cannot be taken since descriptors or memory are short:
/// it would be tried again at once, and without end. Clients wait meanwhile.
///
/// Belongs to the listening channel's event loop.
final class AcceptRest: ChannelInboundHandler {
    typealias InboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(100)
    /// accept(2): what passes when others have closed something.
    private static let shortages: Set<CInt> = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    private let logger: Logger
    private var isResting = false
    private var isShort = false

    init(logger: Logger) {
        self.logger = logger
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = error as? IOError, Self.shortages.contains(failure.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        if !isShort {
            logger.error("accept connections: \(String(cString: strerror(failure.errnoCode))); clients wait")
        }
        isShort = true
        guard !isResting else { return }
        isResting = true
        let channel = context.channel
        // This alone has the channel looked at no more: a read is still pending after a failure.
        channel.setOption(.autoRead, value: false).assumeIsolated().whenComplete { _ in
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
                self.isResting = false
                channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
            }
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isShort { logger.notice("accept connections: clients are served again") }
        isShort = false
        context.fireChannelRead(data)
    }
}
