import Model

/// The `Status` of a container in a list: "Up 5 seconds", "Exited (0) 3 minutes ago".
package enum StatusText {
    /// - Parameter now: nanoseconds since 1970.
    package static func describe(_ state: ContainerState, now: Int64) -> String {
        switch state.status {
        case .running: "Up \(age(now - state.startedAt))"
        case .paused: "Up \(age(now - state.startedAt)) (Paused)"
        case .restarting: "Restarting (\(state.exitCode)) \(age(now - state.finishedAt)) ago"
        case .removing: "Removal In Progress"
        case .dead: "Dead"
        case .created, .starting: "Created"
        case .exited: "Exited (\(state.exitCode)) \(age(now - state.finishedAt)) ago"
        }
    }

    /// How `State` says it in lists and inspect answers.
    package static func name(_ status: ContainerState.Status) -> String {
        status == .starting ? "created" : status.rawValue
    }

    /// A span in the words that Docker's clients print: the unit grows with the span.
    package static func age(_ nanoseconds: Int64) -> String {
        let seconds = max(0, nanoseconds / 1_000_000_000)
        let minutes = seconds / 60
        let hours = (seconds + 1800) / 3600
        switch true {
        case seconds < 1: return "Less than a second"
        case seconds == 1: return "1 second"
        case seconds < 60: return "\(seconds) seconds"
        case minutes == 1: return "About a minute"
        case minutes < 60: return "\(minutes) minutes"
        case hours == 1: return "About an hour"
        case hours < 48: return "\(hours) hours"
        case hours < 24 * 7 * 2: return "\(hours / 24) days"
        case hours < 24 * 30 * 2: return "\(hours / 24 / 7) weeks"
        case hours < 24 * 365 * 2: return "\(hours / 24 / 30) months"
        default: return "\(seconds / 3600 / 24 / 365) years"
        }
    }
}
