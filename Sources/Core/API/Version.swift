import Model

/// A version of the Docker Engine API, "1.41".
package struct APIVersion: Comparable, Hashable, Sendable, CustomStringConvertible {
    package var major: Int
    package var minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// The newest that is spoken, and the one a request without a version gets.
    package static let maximum = APIVersion(1, 51)
    package static let minimum = APIVersion(1, 24)

    package var description: String { "\(major).\(minor)" }

    package static func < (left: APIVersion, right: APIVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }

    /// - Throws: `BerthError.invalid` with Docker's text for a version outside of `minimum…maximum`.
    package func checkSupported(as text: some StringProtocol) throws {
        if self > Self.maximum {
            throw BerthError.invalid(
                "client version \(text) is too new. Maximum supported API version is \(Self.maximum)")
        }
        if self < Self.minimum {
            throw BerthError.invalid(
                "client version \(text) is too old. Minimum supported API version is \(Self.minimum), "
                    + "please upgrade your client to a newer version")
        }
    }
}

/// The path of a request without its version.
package struct VersionedPath: Sendable {
    package var version: APIVersion
    /// Starts with a slash; without query.
    package var path: Substring

    /// Takes "/v1.41/containers/json" apart; a path without a version has the newest.
    /// - Throws: `BerthError.invalid` for a version that is not spoken.
    package init(_ path: Substring) throws {
        self.version = .maximum
        self.path = path
        guard path.hasPrefix("/v") else { return }
        let rest = path.dropFirst(2)
        let end = rest.firstIndex(of: "/") ?? rest.endIndex
        let text = rest[..<end]
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }) else {
            return
        }
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard let major = numbers[0], let minor = numbers.count > 1 ? numbers[1] : 0 else {
            throw BerthError.invalid("invalid API version \"\(text)\"")
        }
        self.version = APIVersion(major, minor)
        self.path = end == rest.endIndex ? "/" : rest[end...]
        try version.checkSupported(as: text)
    }
}
