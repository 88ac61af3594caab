import CLinux
import Glibc
import LaunchPlan

/// What the daemon gives a new monitor.
enum Order {
    /// To start a process. Clients connect to the listener.
    case launch(LaunchPlan, listener: Int32)
    /// To be the forwarder. Later daemons connect to the listener.
    case forward(listener: Int32)

    /// Waits for it. nil when the daemon hung up first, or sent something else.
    static func receive(from socket: Int32) -> Order? {
        var header = [UInt8](repeating: 0, count: MonitorProtocol.headerSize)
        var listener: Int32 = -1
        let count = header.withUnsafeMutableBytes {
            berth_receive_with_descriptor(socket, $0.baseAddress, $0.count, &listener)
        }
        let size = header.withUnsafeBytes {
            Int(UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        }
        guard count == header.count, listener >= 0 else { return nil }
        if header[0] == MonitorProtocol.Stream.forward.rawValue, size == 0 { return .forward(listener: listener) }
        guard header[0] == MonitorProtocol.Stream.launch.rawValue,
            size <= MonitorProtocol.maxPlan, let bytes = readFully(socket, size)
        else { return nil }
        do {
            return .launch(try LaunchPlan(decoding: bytes), listener: listener)
        } catch {
            var reply = FrameBytes(.failed)
            reply.put(UInt32(128))
            reply.put(UInt32(EINVAL))
            reply.put(error.description)
            _ = reply.finished().withUnsafeBytes { write(socket, $0.baseAddress, $0.count) }
            return nil
        }
    }

    private static func readFully(_ socket: Int32, _ size: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: size)
        var offset = 0
        while offset < size {
            let count = bytes.withUnsafeMutableBytes { read(socket, $0.baseAddress! + offset, size - offset) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return nil }
            offset += count
        }
        return bytes
    }
}
