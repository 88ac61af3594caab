import Glibc
import NIOCore

/// What was sent over a unix socket and its other end has not read yet.
enum SentBytes {
    /// The values of SO_MEMINFO (include/uapi/linux/sock_diag.h), in bytes.
    private struct Memory: Sendable {
        var received: UInt32 = 0
        var receiveBuffer: UInt32 = 0
        /// Taken by what was sent, until the other end has read all of the piece.
        var sent: UInt32 = 0
        var rest: (UInt32, UInt32, UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0, 0, 0)
    }

    /// Bytes of memory that unread pieces take; 0 when all was read. Fails for a channel that is no socket.
    static func unread(of channel: any Channel) -> EventLoopFuture<Int> {
        guard let socket = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
        }
        let memory: EventLoopFuture<Memory> = socket.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_MEMINFO))
        return memory.map { Int($0.sent) }
    }
}
