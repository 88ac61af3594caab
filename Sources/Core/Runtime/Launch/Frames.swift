import Glibc
import LaunchPlan

func bigEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { [UInt8]($0) }
}

func readBigEndian<Value: FixedWidthInteger>(_ bytes: [UInt8], at offset: Int) -> Value {
    bytes.withUnsafeBytes { Value(bigEndian: $0.loadUnaligned(fromByteOffset: offset, as: Value.self)) }
}

/// Writes a whole frame to a blocking socket.
func writeFrame(_ descriptor: Int32, _ stream: MonitorProtocol.Stream, _ payload: [UInt8]) throws(LaunchError) {
    try writeFully(descriptor, MonitorProtocol.header(stream, length: payload.count) + payload)
}

/// Writes all of it to a blocking socket; what is short, in one piece.
func writeFully(_ descriptor: Int32, _ bytes: [UInt8]) throws(LaunchError) {
    var offset = 0
    while offset < bytes.count {
        let count = bytes.withUnsafeBytes {
            send(descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset, Int32(MSG_NOSIGNAL))
        }
        if count < 0 {
            if errno == EINTR { continue }
            throw .system(errno == EPIPE || errno == ECONNRESET ? .notRunning : .monitor, "write to the monitor")
        }
        offset += count
    }
}

/// A frame as read: its first byte may be one this build does not know.
package struct Frame {
    package var stream: MonitorProtocol.Stream?
    package var payload: [UInt8]
}

/// Reads one frame from a blocking socket, nil at its end. `deadline` in nanoseconds of the monotonic clock.
package func readFrame(_ descriptor: Int32, deadline: UInt64) throws(LaunchError) -> Frame? {
    guard let header = try readFully(descriptor, MonitorProtocol.headerSize, deadline) else { return nil }
    let length = Int(readBigEndian(header, at: 4) as UInt32)
    guard length <= MonitorProtocol.maxPayload else { throw LaunchError(.monitor, "monitor: frame of \(length) bytes") }
    guard let payload = length == 0 ? [] : try readFully(descriptor, length, deadline) else { return nil }
    return Frame(stream: MonitorProtocol.Stream(rawValue: header[0]), payload: payload)
}

private func readFully(_ descriptor: Int32, _ length: Int, _ deadline: UInt64) throws(LaunchError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: length)
    var offset = 0
    while offset < length {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let now = monotonicNanoseconds()
        let ready = poll(&entry, 1, now >= deadline ? 0 : Int32(min((deadline - now) / 1_000_000 + 1, 1 << 30)))
        if ready < 0 && errno == EINTR { continue }
        guard ready > 0 else { throw LaunchError(.timeout, "monitor: no answer in time") }
        let count = bytes.withUnsafeMutableBytes {
            read(descriptor, $0.baseAddress?.advanced(by: offset), length - offset)
        }
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return nil }
        offset += count
    }
    return bytes
}

func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func deadline(after seconds: Double) -> UInt64 { monotonicNanoseconds() + UInt64(seconds * 1_000_000_000) }
