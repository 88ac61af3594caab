import Glibc
import LaunchPlan

extension Monitor {
    /// Reads once from a client and does what it asks.
    func read(from client: Client) {
        guard !client.closed else { return }
        let count = Glibc.read(client.descriptor, buffer.baseAddress!, buffer.count)
        if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
        guard count > 0 else { return client.close() }
        let understood = client.receive(
            UnsafeRawBufferPointer(rebasing: buffer[..<count]),
            input: { bytes in take(bytes, from: client) },
            request: { stream, payload in answer(stream, payload, client) })
        if !understood { client.close() }
    }

    private func take(_ bytes: UnsafeRawBufferPointer, from client: Client) {
        guard client.want.contains(.stdin), stdio.openStdin, !client.inputEnded else { return }
        if process == nil { earlyInput.append(contentsOf: bytes) } else { input.append(bytes) }
    }

    private func answer(_ stream: MonitorProtocol.Stream, _ payload: [UInt8], _ client: Client) {
        switch stream {
        case .hello:
            client.want = MonitorProtocol.Want(rawValue: payload.first ?? 0)
            client.greeted = true
            if client.want.contains(.events), let process { client.send(startedFrame(process)) }
        case .endInput:
            endInput(of: client)
        case .signal where payload.count >= 8:
            reply(client, payload, signal(Int32(bitPattern: integer(payload, 4))))
        case .resize where payload.count >= 8:
            let size = integer(payload, 4)
            reply(client, payload, resize(rows: UInt16(size >> 16), columns: UInt16(size & 0xFFFF)))
        case .query where payload.count >= 4:
            var result: [UInt8] = []
            if let process {
                result = Array(startedFrame(process).dropFirst(MonitorProtocol.headerSize))
                withUnsafeBytes(of: nanosecondsSince1970().bigEndian) { result.append(contentsOf: $0) }
                withUnsafeBytes(of: MonitorProtocol.version.bigEndian) { result.append(contentsOf: $0) }
            }
            reply(client, payload, process == nil ? ESRCH : 0, result)
        default:
            client.close()
        }
    }

    private func integer(_ payload: [UInt8], _ offset: Int) -> UInt32 {
        payload[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func reply(_ client: Client, _ payload: [UInt8], _ cause: Int32, _ result: [UInt8] = []) {
        var frame = FrameBytes(.reply)
        frame.put(integer(payload, 0))
        frame.put(cause)
        for byte in result { frame.put(byte) }
        client.send(frame.finished())
    }

    /// The process is our child and not yet waited for, so its number is no other's.
    private func signal(_ number: Int32) -> Int32 {
        guard let process else { return ESRCH }
        return kill(process.pid, number) == 0 ? 0 : errno
    }

    private func resize(rows: UInt16, columns: UInt16) -> Int32 {
        guard stdio.terminal else { return ENOTTY }
        guard let output = outputs.first, output.descriptor >= 0 else { return ESRCH }
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        return ioctl(output.descriptor, UInt(TIOCSWINSZ), &size) == 0 ? 0 : errno
    }
}
