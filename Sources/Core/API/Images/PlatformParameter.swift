import Model

/// A platform as a query says it: the OCI's object, in JSON.
package struct PlatformParameter: Decodable, Sendable {
    @OrEmpty private var os: String
    @OrEmpty private var architecture: String
    @OrEmpty private var variant: String

    /// "linux/arm64/v8".
    package var text: String { [os, architecture, variant].filter { !$0.isEmpty }.joined(separator: "/") }

    enum CodingKeys: String, CodingKey { case os, architecture, variant }
}
