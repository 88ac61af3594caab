import Model

/// `container:NAME`, which a mode has that joins another container's namespace.
package struct ContainerReference: Sendable, Hashable {
    private static let prefix = "container:"

    /// A container's name, its ID or a part of that.
    package let name: String

    /// Nil for a text of another form, or one that names no container.
    init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.utf8.count > Self.prefix.utf8.count else { return nil }
        name = String(text.dropFirst(Self.prefix.count))
    }

    static func text(_ name: String) -> String { prefix + name }

    /// `container:` with nothing after it.
    static func isEmpty(_ text: String) -> Bool { text == prefix }

    /// Puts IDs for the containers that modes name: a name may be another container's by the time of a start. One
    /// that is not there keeps its name: it may come later, as with Docker.
    /// - Parameter id: gives the ID of the container that a name stands for.
    package static func pin(_ host: inout HostConfig, id: (String) -> String?) {
        for mode in [\HostConfig.networkMode, \.pidMode, \.ipcMode] {
            guard let reference = ContainerReference(host[keyPath: mode]), let id = id(reference.name) else { continue }
            host[keyPath: mode] = text(id)
        }
    }
}
