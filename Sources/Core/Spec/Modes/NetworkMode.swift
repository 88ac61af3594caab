import Model

/// What network a container has (`--network`).
package enum NetworkMode: Sendable, Hashable, CustomStringConvertible {
    /// Nothing was said: the default network.
    case standard
    /// The host's own.
    case host
    /// None but a loopback interface.
    case none
    /// Another container's.
    case container(String)
    /// A network by its name or ID.
    case network(String)

    /// - Throws: `BerthError.invalid` for a container without a name.
    package init(_ text: String) throws {
        switch text {
        case "", "default": self = .standard
        case "host": self = .host
        case "none": self = .none
        default:
            guard !ContainerReference.isEmpty(text) else {
                throw BerthError.invalid("Invalid network mode: invalid container format container:<name|id>")
            }
            self = ContainerReference(text).map { .container($0.name) } ?? .network(text)
        }
    }

    /// As a client says it.
    package var description: String {
        switch self {
        case .standard: "default"
        case .host: "host"
        case .none: "none"
        case .container(let name): ContainerReference.text(name)
        case .network(let name): name
        }
    }

    /// The network that a container of this mode is on, by its name or ID; nil where it shares another container's.
    package var networkName: String? {
        switch self {
        case .standard: "bridge"
        case .host: "host"
        case .none: "none"
        case .network(let name): name
        case .container: nil
        }
    }

    /// Whether a client that says `key` means the network of this mode. What it stands for itself is not looked up.
    package func isCalled(_ key: String) -> Bool {
        key == networkName || (self == .standard && key == "default")
    }

    package var isContainer: Bool {
        if case .container = self { return true }
        return false
    }
}
