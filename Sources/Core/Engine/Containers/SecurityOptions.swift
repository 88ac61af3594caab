import Glibc
import Model

/// `--security-opt`, read.
struct SecurityOptions: Sendable, Equatable {
    enum Seccomp: Sendable, Equatable {
        case standard
        case unconfined
        /// A profile's JSON.
        case custom(String)
    }

    var noNewPrivileges = false
    var seccomp = Seccomp.standard
    var systemPathsUnconfined = false

    private static let hasSELinux = access("/sys/fs/selinux/enforce", F_OK) == 0

    /// - Throws: `BerthError` naming the option: `.invalid`, or `.notImplemented`.
    static func parse(_ options: [String]) throws -> SecurityOptions {
        var result = SecurityOptions()
        for option in options {
            if option == "no-new-privileges" {
                result.noNewPrivileges = true
                continue
            }
            guard let split = option.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
                throw BerthError.invalid("invalid --security-opt 1: \"\(option)\"")
            }
            let value = String(option[option.index(after: split)...])
            switch option[..<split] {
            case "no-new-privileges":
                guard let flag = Bool(value) else {
                    throw BerthError.invalid("invalid --security-opt 2: \"\(option)\"")
                }
                result.noNewPrivileges = flag
            case "seccomp":
                result.seccomp =
                    switch value {
                    case "unconfined": .unconfined
                    case "builtin", "": .standard
                    default: .custom(value)
                    }
            case "systempaths":
                guard value == "unconfined" else {
                    throw BerthError.invalid("invalid --security-opt 2: \"\(option)\"")
                }
                result.systemPathsUnconfined = true
            case "label":
                // Where the kernel has no SELinux a label means nothing, and Docker passes over it too.
                if value != "disable", Self.hasSELinux {
                    throw BerthError.notImplemented("--security-opt \(option)")
                }
            case "apparmor":
                if value != "unconfined", !value.isEmpty {
                    throw BerthError.notImplemented("--security-opt \(option)")
                }
            case "writable-cgroups":
                guard let flag = Bool(value) else {
                    throw BerthError.invalid("invalid --security-opt 2: \"\(option)\"")
                }
                if flag { throw BerthError.notImplemented("--security-opt \(option)") }
            default:
                throw BerthError.invalid("invalid --security-opt 2: \"\(option)\"")
            }
        }
        return result
    }
}
