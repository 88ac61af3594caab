import Glibc
import LaunchPlan
import Runtime

/// Frames as a monitor sends them, and the entries in those between the daemon and the forwarder.
enum Frames {
    static func read(_ bytes: UnsafeRawBufferPointer) throws {
        var ends: [CInt] = [-1, -1]
        check(pipe(&ends) == 0, "pipe: \(String(cString: strerror(errno)))")
        defer { close(ends[0]) }
        let written = write(ends[1], bytes.baseAddress, bytes.count)
        close(ends[1])
        check(written == bytes.count, "\(written) of \(bytes.count) bytes fit into a pipe")
        while let frame = try readFrame(ends[0], deadline: .max) {
            check(frame.payload.count <= MonitorProtocol.maxPayload, "a payload of \(frame.payload.count) bytes")
            guard let entries = ForwardEntry.all(in: frame.payload[...]) else { continue }
            var again: [UInt8] = []
            for entry in entries { entry.append(to: &again) }
            check(ForwardEntry.all(in: again[...]) == entries, "entries that were written read differently")
        }
    }
}
