import Glibc

/// The way of clients' input to the process: what it does not take at once waits here, and no more is read from
/// clients meanwhile.
struct ProcessInput {
    private(set) var descriptor: Int32
    /// The terminal's master is read from as well, and not closed here.
    private let isTerminal: Bool
    private var pending: [UInt8] = []
    private var ending = false

    init(descriptor: Int32, isTerminal: Bool) {
        self.descriptor = descriptor
        self.isTerminal = isTerminal
        if descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
    }

    var isBlocked: Bool { !pending.isEmpty }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard descriptor >= 0, !ending else { return }
        pending.append(contentsOf: bytes)
        flush()
    }

    mutating func flush() {
        guard descriptor >= 0 else { return }
        var offset = 0
        while offset < pending.count {
            let count = pending.withUnsafeBytes { write(descriptor, $0.baseAddress! + offset, pending.count - offset) }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { break }
                close()
                return
            }
            offset += count
        }
        if offset == pending.count { pending = [] } else { pending.removeFirst(offset) }
        if pending.isEmpty && ending { close() }
    }

    /// Closes it once all that waits is written.
    mutating func end() {
        guard descriptor >= 0, !isTerminal else { return }
        ending = true
        if pending.isEmpty { close() }
    }

    mutating func close() {
        if descriptor >= 0 && !isTerminal { Glibc.close(descriptor) }
        descriptor = -1
        pending = []
    }
}
