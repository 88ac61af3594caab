import Model

/// Whose System V IPC and /dev/shm a container has (`--ipc`, ipc_namespaces(7)).
package enum IPCMode: Sendable, Hashable {
    /// Its own.
    case `private`
    /// Its own, which others may join.
    case shareable
    /// Its own, without /dev/shm.
    case none
    case host
    /// Another container's.
    case container(String)

    /// - Throws: `BerthError.invalid` naming the mode.
    package init(_ text: String) throws {
        switch text {
        case "", "private": self = .private
        case "shareable": self = .shareable
        case "none": self = .none
        case "host": self = .host
        default:
            guard let reference = ContainerReference(text) else {
                throw BerthError.invalid("invalid IPC mode: \(text)")
            }
            self = .container(reference.name)
        }
    }

    /// Whether it makes a namespace.
    package var isOwn: Bool {
        switch self {
        case .private, .shareable, .none: true
        case .host, .container: false
        }
    }

    /// Whether others may join what it has.
    package var isJoinable: Bool {
        switch self {
        case .shareable, .host, .container: true
        case .private, .none: false
        }
    }
}

/// Which processes a container sees (`--pid`, pid_namespaces(7)).
package enum PIDMode: Sendable, Hashable {
    /// Its own.
    case `private`
    case host
    /// Another container's.
    case container(String)

    /// - Throws: `BerthError.invalid` naming the mode.
    package init(_ text: String) throws {
        switch text {
        case "": self = .private
        case "host": self = .host
        default:
            guard let reference = ContainerReference(text) else {
                throw BerthError.invalid("invalid PID mode: \(text)")
            }
            self = .container(reference.name)
        }
    }
}

/// Whose host name a container has (`--uts`, uts_namespaces(7)).
package enum UTSMode: Sendable, Hashable {
    /// Its own.
    case `private`
    case host

    /// - Throws: `BerthError.invalid` naming the mode.
    package init(_ text: String) throws {
        switch text {
        case "": self = .private
        case "host": self = .host
        default: throw BerthError.invalid("invalid UTS mode: \(text)")
        }
    }
}

/// Which cgroup a container takes for the root (`--cgroupns`, cgroup_namespaces(7)).
package enum CgroupNamespaceMode: Sendable, Hashable {
    /// Its own.
    case `private`
    /// The host's.
    case host

    /// - Throws: `BerthError.invalid` naming the mode.
    package init(_ text: String) throws {
        switch text {
        case "", "private": self = .private
        case "host": self = .host
        default: throw BerthError.invalid("invalid cgroup namespace mode: \(text)")
        }
    }
}

/// Whose user IDs a container has (`--userns`): they are the host's in any case.
package enum UserNamespaceMode: Sendable, Hashable {
    case host

    /// - Throws: `BerthError.invalid` naming the mode.
    package init(_ text: String) throws {
        guard ["", "host"].contains(text) else { throw BerthError.invalid("invalid USER mode: \(text)") }
        self = .host
    }
}
