import Foundation
import Glibc
import LaunchPlan
import Runtime
import Testing

/// A test's connection to a monitor.
final class Attachment: Sendable {
    let descriptor: Int32

    init(_ socket: MonitorSocket, _ want: MonitorProtocol.Want) throws {
        descriptor = try socket.attach(want)
    }

    /// Takes over a connection.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func send(_ stream: MonitorProtocol.Stream, _ payload: [UInt8] = []) {
        let frame = MonitorProtocol.header(stream, length: payload.count) + payload
        var offset = 0
        while offset < frame.count {
            let count = frame.withUnsafeBytes { write(descriptor, $0.baseAddress! + offset, frame.count - offset) }
            guard count > 0 else { return }
            offset += count
        }
    }

    func type(_ text: String) { send(.stdin, Array(text.utf8)) }

    /// The next frame; nil at the end, or after `seconds` without one.
    func next(seconds: Int = 10) -> (stream: UInt8, payload: [UInt8])? {
        guard let header = take(8, seconds) else { return nil }
        let length = header[4...].reduce(0) { $0 << 8 | Int($1) }
        guard let payload = take(length, seconds) else { return nil }
        return (header[0], payload)
    }

    /// Output of one stream until it contains `text`, or all of it when that never comes.
    func read(until text: String?, stream: MonitorProtocol.Stream = .stdout) -> String {
        var bytes: [UInt8] = []
        while let frame = next() {
            if frame.stream == stream.rawValue { bytes += frame.payload }
            if let text, String(decoding: bytes, as: UTF8.self).contains(text) { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func take(_ count: Int, _ seconds: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var offset = 0
        while offset < count {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Int32(seconds * 1000)) > 0 else { return nil }
            let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + offset, count - offset) }
            guard got > 0 else { return nil }
            offset += got
        }
        return bytes
    }
}
