import Glibc

/// The C library's text for an error number, e.g. "Permission denied". Thread-safe.
package func errorText(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    let result: Int32 = strerror_r(number, &buffer, buffer.count)
    guard result == 0 else { return "error \(number)" }
    return buffer.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
}
