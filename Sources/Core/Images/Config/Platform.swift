import Model

/// An operating system and a processor, in the words of image configurations (Go's GOOS and GOARCH).
public struct Platform: Sendable, Equatable, CustomStringConvertible {
    public var os: String
    public var architecture: String
    /// Of the processor: "v8"; empty for none in particular.
    public var variant: String

    private static let systems: Set<String> = ["darwin", "freebsd", "linux", "windows"]
    /// Other names that are in use for architectures.
    private static let synonyms = ["x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64", "i386": "386"]

    public init(os: String, architecture: String, variant: String = "") {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    /// "os/architecture[/variant]", or one of the first two alone: the other is the host's. Throws 400.
    public init(parsing text: String) throws {
        let parts = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3, parts.allSatisfy({ !$0.isEmpty }) else {
            throw BerthError.invalid("\"\(text)\" is an invalid OS/architecture: invalid argument")
        }
        if parts.count > 1 {
            os = parts[0]
            architecture = parts[1]
        } else if Self.systems.contains(parts[0]) {
            os = parts[0]
            architecture = HostPlatform.architecture
        } else {
            os = "linux"
            architecture = parts[0]
        }
        architecture = Self.synonyms[architecture] ?? architecture
        variant = parts.count > 2 ? parts[2] : ""
    }

    public var description: String { "\(os)/\(architecture)" + (variant.isEmpty ? "" : "/\(variant)") }

    /// Whether programs for the other platform run on this one without emulation. Variants are not looked at.
    public func runs(_ other: Platform) -> Bool {
        guard os == other.os else { return false }
        return architecture == other.architecture
            || [architecture, other.architecture] == ["amd64", "386"]
            || [architecture, other.architecture] == ["arm64", "arm"]
    }
}
