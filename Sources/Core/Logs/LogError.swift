import Glibc

/// A log could not be read: what was tried with which file, and the system's reason.
public struct LogError: Error, Sendable, Hashable, CustomStringConvertible {
    public var message: String
    public var errno: Int32

    init(_ operation: String, _ path: String, errno: Int32) {
        var buffer = [CChar](repeating: 0, count: 256)
        let known: Int32 = strerror_r(errno, &buffer, buffer.count)
        let text =
            known == 0
            ? buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" } : "error \(errno)"
        message = "\(operation) `\(path)`: \(text)"
        self.errno = errno
    }

    init(_ operation: String, _ path: String, reason: String) {
        message = "\(operation) `\(path)`: \(reason)"
        errno = EINVAL
    }

    public var description: String { message }
}
