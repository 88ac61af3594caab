import Glibc
import LaunchPlan

extension ExitStatus {
    /// Reads the exit file at `path`; nil when there is none: the monitor died, or has not come to its end.
    public static func read(at path: String) -> ExitStatus? {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return ExitStatus(text: String(decoding: buffer[..<count], as: UTF8.self))
    }
}
