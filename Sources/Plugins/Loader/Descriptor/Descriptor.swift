import PluginProtocol

/// What a file of `plugins.d` says about one driver.
package struct Descriptor: Sendable, Equatable {
    package enum Location: Sendable, Equatable {
        /// The absolute path of a shared library.
        case module(String)
        /// The absolute path of a plugin's unix socket.
        case unixSocket(String)
        /// A plugin's base URL: "http://127.0.0.1:8080".
        case http(String)
    }

    /// The path of the file.
    package var file: String
    package var name: String
    package var kinds: [DriverKind]
    package var location: Location
    package var options: [String: JSONValue]
    package var timeoutMilliseconds: Int
    /// The line of "name", for a name that is taken already.
    package var nameLine: Int

    package static let defaultTimeoutMilliseconds = 30_000
    package static let timeoutRange = 1...600_000
}

/// Why a descriptor is refused.
package struct DescriptorError: Error, Sendable, Equatable, CustomStringConvertible {
    package var file: String
    /// Counted from 1. Nil: about the file as a whole.
    package var line: Int?
    package var reason: String

    package init(file: String, line: Int?, reason: String) {
        self.file = file
        self.line = line
        self.reason = reason
    }

    package var description: String { line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)" }
}
