import Glibc

/// Why a process could not be started or reached.
public struct LaunchError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// The plan could not be carried out. `exitCode` is the one Docker gives a container for it: 127 the command
        /// was not found, 126 it may not be executed, 128 anything else.
        case process(exitCode: Int32)
        /// The monitor itself could not be started, or ended before it had answered.
        case monitor
        /// There is no monitor behind the socket (any longer): the process is not running.
        case notRunning
        /// The monitor refused a request; `errno` says why.
        case refused
        /// No answer within the time given.
        case timeout
    }

    public var kind: Kind
    public var errno: Int32
    /// `exec: "nosuch": executable file not found in $PATH`
    public var text: String

    public init(_ kind: Kind, errno: Int32 = 0, _ text: String) {
        self.kind = kind
        self.errno = errno
        self.text = text
    }

    /// The running process that was to be entered has ended (meanwhile).
    public var isEndOfTarget: Bool {
        guard case .process = kind else { return false }
        return errno == ESRCH
    }

    /// "operation `thing`: cause" from errno.
    static func system(_ kind: Kind, _ operation: String, errno: Int32 = Glibc.errno) -> LaunchError {
        LaunchError(kind, errno: errno, "\(operation): \(String(cString: strerror(errno)))")
    }

    public var description: String { text }
}
