import Glibc
import LaunchPlan

/// One connection to the monitor.
final class Client {
    /// Bytes waiting for a client above which the process's output is not read any further.
    static let fullQueue = 64 * 1024

    let descriptor: Int32
    var want: MonitorProtocol.Want = []
    var greeted = false
    /// Its input has ended, by word or by hanging up.
    var inputEnded = false
    private(set) var closed = false
    /// It gets what is queued for it, and is closed then.
    private var ending = false
    private var queue: [UInt8] = []
    private var queueStart = 0
    private var header: [UInt8] = []
    private var payload: [UInt8] = []
    private var stdinLeft = 0

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    }

    var queued: Int { queue.count - queueStart }
    var isFull: Bool { queued >= Self.fullQueue }

    func close() {
        guard !closed else { return }
        closed = true
        Glibc.close(descriptor)
        queue = []
        queueStart = 0
    }

    /// Closes it once all that waits is sent. It gets nothing more.
    func end() {
        want = []
        ending = true
        if queued == 0 { close() }
    }

    /// Sends what goes at once, keeps the rest.
    func send(_ bytes: UnsafeRawBufferPointer) {
        guard !closed else { return }
        var offset = 0
        if queued == 0 { offset = write(bytes) }
        guard !closed, offset < bytes.count else { return }
        if queueStart > 0 && queueStart == queue.count { (queue, queueStart) = ([], 0) }
        queue.append(contentsOf: bytes[offset...])
    }

    func send(_ frame: [UInt8]) { frame.withUnsafeBytes { send($0) } }

    /// A frame of output: the header and what it is for.
    func send(_ stream: MonitorProtocol.Stream, _ bytes: UnsafeRawBufferPointer) {
        send(MonitorProtocol.header(stream, length: bytes.count))
        send(bytes)
    }

    /// Sends of the queue what goes.
    func flush() {
        guard queued > 0 else { return }
        let written = queue.withUnsafeBytes { write(UnsafeRawBufferPointer(rebasing: $0[queueStart...])) }
        guard !closed else { return }
        queueStart += written
        if queued == 0 {
            (queue, queueStart) = ([], 0)
            if ending { close() }
        } else if queueStart > 32 * 1024 {
            queue.removeFirst(queueStart)
            queueStart = 0
        }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        var offset = 0
        while offset < bytes.count {
            let count = Glibc.send(descriptor, bytes.baseAddress! + offset, bytes.count - offset, Int32(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EINTR { continue }
                if errno != EAGAIN { close() }
                break
            }
            offset += count
        }
        return offset
    }

    /// Takes bytes it sent apart: input goes to `input` as it comes, other frames to `request` when complete.
    /// False when they make no sense.
    func receive(
        _ bytes: UnsafeRawBufferPointer, input: (UnsafeRawBufferPointer) -> Void,
        request: (MonitorProtocol.Stream, [UInt8]) -> Void
    ) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            if stdinLeft > 0 {
                let part = rest.prefix(stdinLeft)
                input(UnsafeRawBufferPointer(rebasing: part))
                stdinLeft -= part.count
                rest = rest.dropFirst(part.count)
                continue
            }
            let needed = MonitorProtocol.headerSize - header.count
            if needed > 0 {
                header.append(contentsOf: rest.prefix(needed))
                rest = rest.dropFirst(needed)
                if header.count < MonitorProtocol.headerSize { return true }
            }
            let length = header[4...].reduce(0) { $0 << 8 | Int($1) }
            guard length <= MonitorProtocol.maxPayload else { return false }
            if header[0] == MonitorProtocol.Stream.stdin.rawValue {
                stdinLeft = length
                header.removeAll(keepingCapacity: true)
                continue
            }
            guard let stream = MonitorProtocol.Stream(rawValue: header[0]), length <= 64 else { return false }
            let part = rest.prefix(length - payload.count)
            payload.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            guard payload.count == length else { return true }
            request(stream, payload)
            header.removeAll(keepingCapacity: true)
            payload.removeAll(keepingCapacity: true)
        }
        // A frame without payload is complete with its header.
        if header.count == MonitorProtocol.headerSize, header[4...].allSatisfy({ $0 == 0 }) {
            guard let stream = MonitorProtocol.Stream(rawValue: header[0]) else { return false }
            header.removeAll(keepingCapacity: true)
            request(stream, [])
        }
        return true
    }
}
