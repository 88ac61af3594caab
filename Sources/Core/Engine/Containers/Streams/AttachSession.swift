/// A client's end of a process's standard streams. To be closed when the client has gone, whatever came of it.
///
/// The socket speaks the monitor's frames (docs/monitor.md): Docker's 8-byte header with stream 1 or 2 for output
/// (other stream numbers are the monitor's own events: skip them), stream 0 for input.
public struct AttachSession: Sendable {
    public let isTTY: Bool
    /// What the container wrote before, when it was asked for.
    public internal(set) var logs: LogStream?
    /// Nil when no stream was asked for.
    var attachment: Attachment?
    var onClose: @Sendable () -> Void = {}
    var onDetach: @Sendable () -> Void = {}
    var onStart: @Sendable () async throws -> Void = {}
    /// Set when the end of the process has been written down; nil when nobody asks for it afterwards.
    var recorded: Latch<Bool>?

    init(isTTY: Bool, attachment: Attachment?) {
        self.isTTY = isTTY
        self.attachment = attachment
    }

    /// Starts the process of an exec, once; does nothing for a container. To be called when the client is ready for the
    /// output.
    /// - Throws: `BerthError` when it cannot be started: there will be no socket then.
    public func start() async throws { try await onStart() }

    /// Suspends until the process is about to start (at once when it runs) and gives a connected socket, which the
    /// caller owns and closes; nil when the process ended or was removed without one, and when the task is cancelled.
    public func socket() async -> CInt? { await attachment?.socket() }

    /// Suspends until what the process's end was can be inspected. To be called when the socket has said that the
    /// process has ended.
    public func endRecorded() async { _ = await recorded?.wait() }

    /// Tells that the client has left by the detach keys.
    public func detached() { onDetach() }

    /// Closes the connection, if it was not taken, and waits for none any more.
    public func close() {
        onClose()
        attachment?.cancel()
    }
}
