import Glibc
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
