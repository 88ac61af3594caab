import Glibc

/// A program that a test runs, by posix_spawn(3) and waitpid(2). (Foundation's `Process` waits on a run loop, and two
/// such waits on the threads of Swift's pool can hold each other up for ever.)
public final class ChildProcess {
    public enum Output {
        /// The test's own.
        case inherited
        /// One pipe for both, to be read from `output`.
        case piped
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let pid: pid_t
    private var status: Int32?
    /// The reading end of the pipe; -1 when the output is inherited.
    public let output: Int32

    /// Starts a program of `PATH`. Throws `Failure` when it cannot be run.
    public init(_ program: String, _ arguments: [String], in directory: String? = nil, output kind: Output = .inherited)
        throws
    {
        var command = [program] + arguments
        if let directory { command = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, directory] + command }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The threads of Swift's pool block all signals, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var ends: [Int32] = [-1, -1]
        if kind == .piped {
            guard pipe(&ends) == 0 else { throw Failure(description: "pipe: errno \(errno)") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
            posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        }
        defer { if ends[1] >= 0 { close(ends[1]) } }
        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        let failure = posix_spawnp(&child, command[0], &actions, &attributes, &words, environ)
        guard failure == 0 else {
            if ends[0] >= 0 { close(ends[0]) }
            throw Failure(description: "\(program): \(String(cString: strerror(failure)))")
        }
        pid = child
        output = ends[0]
    }

    deinit {
        if output >= 0 { close(output) }
    }

    /// Waits for the end; the exit code, or 128 and the signal's number.
    @discardableResult
    public func wait() -> Int32 {
        if let status { return status }
        var raw: Int32 = 0
        while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
        let code = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
        status = code
        return code
    }

    /// Sends SIGTERM and waits for the end.
    public func terminate() {
        guard status == nil else { return }
        kill(pid, SIGTERM)
        wait()
    }

    /// All that it writes until it ends.
    public func readOutput() -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(output, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
