import Model
import Runtime

/// `--security-opt`, read. An option that confines is acted on or refused, never passed over.
package struct SecurityOptions: Sendable, Hashable {
    package var noNewPrivileges = false
    /// Where the filter of system calls comes from; nil for none.
    package var seccomp: SeccompSource? = .containerDefault
    package var systemPathsUnconfined = false
    /// The container's cgroups are not read-only to it.
    package var writableCgroups = false

    /// - Throws: `BerthError.invalid` naming the option, or saying what is wrong with a seccomp profile; `.notImplemented` for a label or profile that the kernel could
    ///   give a process and Berth does not.
    package static func parse(_ options: [String], kernel: KernelSecurity = .present) throws -> SecurityOptions {
        var result = SecurityOptions()
        for option in options { try result.apply(option, kernel) }
        return result
    }

    private mutating func apply(_ option: String, _ kernel: KernelSecurity) throws {
        if option == "no-new-privileges" {
            noNewPrivileges = true
            return
        }
        guard let split = option.firstIndex(where: { $0 == "=" || $0 == ":" }) else {
            throw BerthError.invalid("invalid --security-opt 1: \"\(option)\"")
        }
        let value = String(option[option.index(after: split)...])
        let invalid = BerthError.invalid("invalid --security-opt 2: \"\(option)\"")
        switch option[..<split] {
        case "no-new-privileges":
            guard let flag = Self.flag(value) else { throw invalid }
            noNewPrivileges = flag
        case "seccomp": seccomp = try translating { try SeccompSource.option(value) }
        case "systempaths":
            guard value == "unconfined" else { throw invalid }
            systemPathsUnconfined = true
        case "writable-cgroups":
            guard let flag = Self.flag(value) else { throw invalid }
            writableCgroups = flag
        case "apparmor":
            guard ["", "unconfined"].contains(value) else {
                throw Self.refused(option, "AppArmor profile", isThere: kernel.hasAppArmor, "AppArmor")
            }
        case "label":
            guard ["", "disable"].contains(value) else {
                throw Self.refused(option, "SELinux label", isThere: kernel.hasSELinux, "SELinux")
            }
        default: throw invalid
        }
    }

    private static func refused(_ option: String, _ what: String, isThere: Bool, _ system: String) -> BerthError {
        guard isThere else {
            return .invalid(
                "invalid --security-opt: \"\(option)\": the \(what) cannot be applied: this kernel has no \(system)")
        }
        return .notImplemented("--security-opt \"\(option)\": applying an \(what)")
    }

    /// As Go's strconv.ParseBool reads it.
    private static func flag(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    }
}
