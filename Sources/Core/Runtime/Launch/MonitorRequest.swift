import CLinux
import Glibc
import LaunchPlan

extension MonitorSocket {
    /// A connection to the socket, nothing said yet.
    func connected() throws(LaunchError) -> Int32 {
        let descriptor = berth_unix_connect(path, 10_000)
        guard descriptor < 0 else { return descriptor }
        switch errno {
        // The file goes with the process, and so does its directory.
        case ECONNREFUSED, ENOENT, ENOTDIR: throw .system(.notRunning, "connect to `\(path)`")
        case EAGAIN: throw .system(.timeout, "connect to `\(path)`")
        default: throw .system(.monitor, "connect to `\(path)`")
        }
    }

    /// One request on a connection of its own, and its result.
    func request(_ stream: MonitorProtocol.Stream, _ arguments: [UInt8], _ operation: String) throws(LaunchError)
        -> [UInt8]
    {
        let descriptor = try attach([])
        defer { close(descriptor) }
        try writeFrame(descriptor, stream, bigEndian(UInt32(1)) + arguments)
        let limit = deadline(after: 10)
        while let frame = try readFrame(descriptor, deadline: limit) {
            guard frame.stream == .reply, frame.payload.count >= 8 else { continue }
            let cause = Int32(bitPattern: readBigEndian(frame.payload, at: 4))
            guard cause == 0 else { throw .system(.refused, operation, errno: cause) }
            return [UInt8](frame.payload[8...])
        }
        throw LaunchError(.notRunning, "\(operation): the process is not running")
    }
}

/// Reads events until the process runs or is known not to.
func awaitStart(_ channel: MonitorChannel, timeout: Double) throws(LaunchError) -> RunningProcess {
    let limit = deadline(after: timeout)
    var warnings: [String] = []
    while let frame = try readFrame(channel.descriptor, deadline: limit) {
        switch frame.stream {
        case .started where frame.payload.count >= 12:
            return RunningProcess(
                pid: Int32(bitPattern: readBigEndian(frame.payload, at: 0)),
                startTime: readBigEndian(frame.payload, at: 4), warnings: warnings, channel: channel)
        case .failed where frame.payload.count >= 8:
            throw LaunchError(
                .process(exitCode: Int32(bitPattern: readBigEndian(frame.payload, at: 0))),
                errno: Int32(bitPattern: readBigEndian(frame.payload, at: 4)),
                String(decoding: frame.payload[8...], as: UTF8.self))
        case .warning:
            warnings.append(String(decoding: frame.payload, as: UTF8.self))
        default:
            continue
        }
    }
    throw LaunchError(.notRunning, "the monitor ended before the process ran")
}
