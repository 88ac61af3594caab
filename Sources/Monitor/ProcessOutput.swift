import Glibc
import LaunchPlan

/// One stream of the process's output.
struct ProcessOutput {
    private(set) var descriptor: Int32
    let stream: MonitorProtocol.Stream

    init(descriptor: Int32, stream: MonitorProtocol.Stream) {
        self.descriptor = descriptor
        self.stream = stream
        if descriptor >= 0 { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
    }

    /// Reads what there is, as far as `buffer` goes: nil when there is nothing now, or nothing any more (then the
    /// descriptor is closed).
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard descriptor >= 0 else { return nil }
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress!, buffer.count)
            if count > 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
            if count < 0 && errno == EINTR { continue }
            // A terminal whose other end is closed everywhere answers EIO.
            if count == 0 || errno != EAGAIN { close() }
            return nil
        }
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }
}
