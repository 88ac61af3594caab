/// What went wrong while a container's limits and rights were worked out or applied.
///
/// `message` is complete: it names the thing, the operation and the cause.
public struct ConfinementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Whose fault it is: decides the HTTP status of the answer.
    public enum Kind: Sendable, Hashable {
        /// The client asked for something that cannot be meant (400).
        case invalidParameter
        /// The kernel refused; `errno` tells why (500).
        case system
    }

    public var kind: Kind
    public var message: String
    /// The error number of the system call that failed, 0 where there was none.
    public var errno: Int32

    public init(kind: Kind, message: String, errno: Int32 = 0) {
        self.kind = kind
        self.message = message
        self.errno = errno
    }

    public var description: String { message }

    package static func invalid(_ message: String) -> ConfinementError {
        ConfinementError(kind: .invalidParameter, message: message)
    }

    /// An error of the form "operation `subject`: cause".
    package static func system(_ operation: String, _ subject: String, errno: Int32) -> ConfinementError {
        ConfinementError(
            kind: .system, message: "\(operation) `\(subject)`: \(errorText(errno))", errno: errno)
    }
}
