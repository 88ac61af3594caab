import Glibc
import Model
import Runtime

extension LaunchError {
    /// The exit code that a process has which could not be started.
    var exitCode: Int {
        if case .process(let code) = kind { return Int(code) }
        return 128
    }

    /// Whether what was asked for cannot be: the command, the user, a mount. Anything else is the host's doing.
    var isOfRequest: Bool {
        if [126, 127].contains(exitCode) { return true }
        let words = text.lowercased()
        if Self.requests.contains(where: words.hasPrefix) { return true }
        let causes = [ENOTDIR, EISDIR, ELOOP, EXDEV, ENOENT, EINVAL, EPERM, ENAMETOOLONG, EROFS]
        return words.hasPrefix("error mounting ") && (causes.contains(errno) || words.contains(" cannot be mounted "))
    }

    private static let requests = [
        "unable to find ", "uids and gids must be in range ", "too many groups", "chdir to cwd ",
        "current working directory ", "mask path ", "write sysctl ", "set host name ", "set domain name ",
    ]
}

/// What a client sees of a monitor's errors.
extension LaunchError {
    /// The exit code of a container that could not be started.
    static func exitCode(of error: any Error) -> Int { (error as? LaunchError)?.exitCode ?? 128 }

    /// Docker answers 400 for a command that cannot be run and its like, 500 for the rest.
    static func ofStart(_ error: any Error) -> BerthError {
        if let error = error as? BerthError { return error }
        guard let error = error as? LaunchError else { return BerthError.system("\(error)") }
        let text =
            "failed to create task for container: failed to create shim task: OCI runtime create failed: "
            + "berth-monitor: \(error.text): unknown"
        if error.isEndOfTarget { return BerthError.conflict("cannot join a non running container: \(error.text)") }
        // Somebody has killed it meanwhile.
        if error.text.hasPrefix("answer the new process: ") { return BerthError.conflict(text) }
        return BerthError(error.isOfRequest ? .invalidParameter : .system, text)
    }

    var general: BerthError { .system(text) }

    var ofExec: BerthError {
        BerthError(isOfRequest ? .invalidParameter : .system, "OCI runtime exec failed: exec failed: \(text): unknown")
    }

    var ofResize: BerthError {
        let hasEnded = kind == .notRunning || (kind == .refused && errno == ESRCH)
        return hasEnded ? BerthError.conflict("cannot resize: the process is not running") : .system(text)
    }

    /// Runs `body`, and makes an error of the monitor's into one that a client sees.
    static func translating<T>(
        _ translate: (LaunchError) -> BerthError = \.general, _ body: () async throws -> T
    ) async throws -> T {
        do {
            return try await body()
        } catch let error as LaunchError {
            throw translate(error)
        }
    }
}
