import NIOCore

/// What becomes of the bytes that a client sends on a hijacked connection.
package struct ClientInput: Sendable {
    private let isAttached: Bool
    private var detach: DetachKeyMatcher?

    /// - Parameters:
    ///   - isAttached: false when the client did not ask for stdin: its bytes are ignored.
    ///   - detachKeys: nil without a terminal.
    package init(isAttached: Bool, detachKeys: DetachKeys?) {
        self.isAttached = isAttached
        self.detach = detachKeys.map(DetachKeyMatcher.init)
    }

    /// Writes frames for the monitor.
    /// - Returns: whether the client pressed the detach keys.
    package mutating func read(_ input: ByteBuffer, into frames: inout ByteBuffer) -> Bool {
        guard isAttached else { return false }
        guard let (output, isDetached) = detach?.process(input.readableBytesView) else {
            StreamFrame.frameInput(input.readableBytesView, into: &frames)
            return false
        }
        StreamFrame.frameInput(ByteBuffer(bytes: output).readableBytesView, into: &frames)
        return isDetached
    }

    /// The client's input has ended.
    package func end(into frames: inout ByteBuffer) {
        guard isAttached else { return }
        StreamFrame.writeHeader(StreamFrame.endInput, length: 0, to: &frames)
    }
}
