import Glibc
import Model
import Runtime

/// Runs `body`, and makes errors of the runtime into those a client sees.
package func translating<T>(_ body: () throws -> T) throws -> T {
    do {
        return try body()
    } catch let error as ConfinementError {
        // What the kernel finds invalid is a value that the client chose.
        let isInvalid = error.kind == .invalidParameter || [EINVAL, ERANGE].contains(error.errno)
        throw BerthError(isInvalid ? .invalidParameter : .system, error.message)
    }
}
