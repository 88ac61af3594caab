import CLinux
import Glibc
import LaunchPlan

/// The forwarder's connection to the daemon: what is to be served.
final class DaemonConnection: EventHandler {
    private let descriptor: Int32
    private unowned let owner: Forwarder
    private var input: [UInt8] = []
    /// Sockets that came along and whose entries were not read yet.
    private var sockets: [Int32] = []
    private var output: [UInt8] = []
    private var isOpen = true

    init(descriptor: Int32, owner: Forwarder) {
        self.descriptor = descriptor
        self.owner = owner
        owner.loop.add(descriptor, EventLoop.input, self)
    }

    /// Says who this is and what it serves.
    func greet() {
        var hello = FrameBytes(.forwarder)
        hello.put(MonitorProtocol.forwarderVersion)
        hello.put(UInt32(getpid()))
        var greeting = hello.finished()
        let entries = owner.ports.map { ForwardEntry(port: $0.key, target: $0.value.target) }
        for start in stride(from: 0, to: entries.count, by: ForwardEntry.mostTogether) {
            var payload: [UInt8] = []
            for entry in entries[start..<min(start + ForwardEntry.mostTogether, entries.count)] {
                entry.append(to: &payload)
            }
            greeting += MonitorProtocol.header(.served, length: payload.count) + payload
        }
        send(greeting + MonitorProtocol.header(.servedAll, length: 0))
    }

    func ready(_ descriptor: Int32, _ events: UInt32) {
        if events & EventLoop.output != 0 { flush() }
        var received = [Int32](repeating: -1, count: Int(BERTH_MOST_DESCRIPTORS))
        var number = 0
        while isOpen {
            let count = berth_receive_descriptors(
                descriptor, owner.buffer.baseAddress, owner.buffer.count, &received, &number)
            sockets += received[..<number]
            if count < 0, errno == EAGAIN { return }
            guard count > 0 else { return close() }
            input += owner.buffer[..<count]
            guard take() else { return close() }
        }
    }

    func send(_ bytes: [UInt8]) {
        output += bytes
        flush()
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        owner.loop.forget(descriptor)
        for socket in sockets + [descriptor] { Glibc.close(socket) }
        sockets = []
        owner.lose(self)
    }

    private func flush() {
        while isOpen, !output.isEmpty {
            let count = output.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            guard count >= 0 else {
                if errno == EAGAIN { return owner.loop.change(descriptor, EventLoop.input | EventLoop.output) }
                return close()
            }
            output.removeFirst(count)
        }
        if isOpen { owner.loop.change(descriptor, EventLoop.input) }
    }

    /// Does what the frames that are complete say. False: they are not understood.
    private func take() -> Bool {
        var start = 0
        while input.count - start >= MonitorProtocol.headerSize {
            let length = (4..<8).reduce(0) { $0 << 8 | Int(input[start + $1]) }
            let end = start + MonitorProtocol.headerSize + length
            guard length <= MonitorProtocol.maxPayload else { return false }
            guard end <= input.count else { break }
            let stream = MonitorProtocol.Stream(rawValue: input[start])
            guard carryOut(stream, input[(start + MonitorProtocol.headerSize)..<end]) else { return false }
            start = end
        }
        input.removeFirst(start)
        // A message with sockets is the last that is received at once, so nothing that is complete wants them any more.
        if input.isEmpty {
            for socket in sockets { Glibc.close(socket) }
            sockets = []
        }
        return true
    }

    private func carryOut(_ stream: MonitorProtocol.Stream?, _ payload: ArraySlice<UInt8>) -> Bool {
        switch stream {
        case .serve:
            guard let entries = ForwardEntry.all(in: payload) else { return false }
            for entry in entries { serve(entry) }
        case .unserve:
            guard payload.count >= 4, let entries = ForwardEntry.all(in: payload.dropFirst(4)) else { return false }
            for entry in entries { owner.unserve(entry.port) }
            send(MonitorProtocol.header(.done, length: 4) + payload.prefix(4))
        default:
            return false
        }
        return true
    }

    private func serve(_ entry: ForwardEntry) {
        let socket = entry.hasSocket && !sockets.isEmpty ? sockets.removeFirst() : nil
        guard !owner.serve(entry, socket: socket) else { return }
        var payload: [UInt8] = []
        entry.append(to: &payload)
        send(MonitorProtocol.header(.lost, length: payload.count) + payload)
    }
}
