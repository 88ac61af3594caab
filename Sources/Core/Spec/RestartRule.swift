import Model

/// When a container that ended is to be started again (`--restart`).
package enum RestartRule: Sendable, Hashable {
    case never
    /// Unless it was stopped, until the daemon starts anew.
    case always
    /// Unless it was stopped.
    case unlessStopped
    /// When it ended with another exit code than 0, so many times at most; nil for any number.
    case onFailure(retries: Int?)

    /// - Throws: `BerthError.invalid` with Docker's texts.
    package init(_ policy: RestartPolicy?) throws {
        let name = policy?.name ?? ""
        let count = policy?.maximumRetryCount ?? 0
        switch name {
        case "", "no": self = .never
        case "always": self = .always
        case "unless-stopped": self = .unlessStopped
        case "on-failure": self = .onFailure(retries: count == 0 ? nil : count)
        default: throw BerthError.invalid("invalid restart policy '\(name)'")
        }
        if name != "on-failure", count != 0 {
            throw BerthError.invalid("maximum retry count cannot be used with restart policy '\(name)'")
        }
        guard count >= 0 else { throw BerthError.invalid("maximum retry count cannot be negative") }
    }
}
