import CLinux
import Glibc
import Model

/// An open file, closed with its last reference.
final class Descriptor: Sendable {
    let raw: CInt

    init(_ raw: CInt) {
        self.raw = raw
    }

    deinit { close(raw) }

    /// open(2) with O_CLOEXEC. For paths of the store itself, never for what an archive names.
    static func open(_ path: String, _ flags: CInt, mode: mode_t = 0) throws -> Descriptor {
        let raw = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard raw >= 0 else { throw SystemCall.failure("open", path) }
        return Descriptor(raw)
    }
}

/// Errors of system calls, as "operation `thing`: cause".
enum SystemCall {
    static func failure(_ operation: String, _ thing: String, _ code: CInt = errno) -> BerthError {
        BerthError.system("\(operation) `\(thing)`: \(String(cString: strerror(code)))")
    }

    static func failure(_ operation: String, _ thing: [UInt8], _ code: CInt = errno) -> BerthError {
        failure(operation, String(decoding: thing, as: UTF8.self), code)
    }

    /// Throws unless `result` is 0 or more.
    static func check(_ result: CInt, _ operation: String, _ thing: @autoclosure () -> String) throws {
        if result < 0 {
            let code = errno
            throw failure(operation, thing(), code)
        }
    }
}

/// A file name as the kernel knows it: any bytes, ended by NUL.
typealias FileName = [CChar]

extension FileName {
    init(bytes: some Sequence<UInt8>) {
        self = bytes.map { CChar(bitPattern: $0) } + [0]
    }

    /// For messages; bytes that are no UTF-8 are replaced.
    var text: String { String(decoding: dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
}
