import Model

/// A name of an image, normalised as Docker does: "busybox" is `docker.io/library/busybox`, shown as "busybox".
///
/// Grammar: the OCI distribution specification's names, with the registry's host in front and a tag or digest behind.
public struct ImageReference: Sendable, Hashable {
    /// The registry's host, with its port if one was given: `docker.io`, `localhost:5000`.
    public let domain: String
    /// The repository within the registry: `library/busybox`.
    public let path: String
    public let tag: String?
    /// `sha256:…`
    public let digest: String?

    /// The tag that a name without tag and digest means.
    public static let defaultTag = "latest"
    static let defaultDomain = "docker.io"
    static let officialPrefix = "library/"

    /// Parses what a user types.
    ///
    /// Throws `BerthError` 400 in Docker's words: "invalid reference format", "invalid reference format: repository
    /// name (library/Foo) must be lowercase", "invalid repository name (…), cannot specify 64-byte hexadecimal strings".
    public init(parsing text: String) throws {
        self = try ReferenceGrammar.parse(text)
    }

    /// Joins what an API call gives apart, such as `repo=` and `tag=`; `tag` may also be a digest ("sha256:…").
    /// An empty tag stays absent. Throws as `init(parsing:)`, and 400 "invalid tag format".
    public init(repository: String, tag: String) throws {
        let name = try ReferenceGrammar.parse(repository)
        if tag.isEmpty {
            self = name
        } else if tag.contains(":") {
            guard Digest.isValid(tag) else { throw BerthError.invalid("invalid reference format") }
            self.init(domain: name.domain, path: name.path, tag: nil, digest: tag)
        } else {
            guard ReferenceGrammar.isTag(tag) else { throw BerthError.invalid("invalid tag format") }
            self.init(domain: name.domain, path: name.path, tag: tag, digest: nil)
        }
    }

    init(domain: String, path: String, tag: String?, digest: String?) {
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// The repository's name as users see it, without tag and digest: "busybox", "localhost:5000/team/app".
    public var familiarName: String {
        guard domain == Self.defaultDomain else { return "\(domain)/\(path)" }
        let rest = path.dropFirst(Self.officialPrefix.count)
        return path.hasPrefix(Self.officialPrefix) && !rest.contains("/") ? String(rest) : path
    }

    /// The whole reference as users see it: "busybox:latest", "busybox@sha256:…".
    public var familiar: String {
        familiarName + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// The whole reference with nothing left out: "docker.io/library/busybox:latest".
    public var canonical: String {
        "\(domain)/\(path)" + (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// The same reference with ":latest" when it has neither tag nor digest.
    public var tagged: ImageReference {
        guard tag == nil, digest == nil else { return self }
        return ImageReference(domain: domain, path: path, tag: Self.defaultTag, digest: nil)
    }

    /// The hexadecimal digits when `text` may be an image ID or the beginning of one ("sha256:" in front is allowed),
    /// in lower case as IDs are; nil otherwise. Such a text may be a name too: look for names first.
    public static func idPrefix(_ text: String) -> String? {
        let digits = text.hasPrefix("sha256:") ? text.dropFirst(7) : Substring(text)
        guard (1...64).contains(digits.utf8.count), digits.utf8.allSatisfy(Digest.isLowerHex) else { return nil }
        return String(digits)
    }
}
