import Model

/// The grammar of image names (OCI distribution specification, "Pulling manifests", and Docker's host rule).
enum ReferenceGrammar {
    static let maxNameLength = 255
    private static let malformed = BerthError.invalid("invalid reference format")

    static func parse(_ text: String) throws -> ImageReference {
        if text.utf8.count == 64, text.utf8.allSatisfy(Digest.isLowerHex) {
            throw BerthError.invalid("invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings")
        }
        var (domain, rest) = splitDomain(text)
        var digest: String?
        if let at = rest.firstIndex(of: "@") {
            let value = String(rest[rest.index(after: at)...])
            guard Digest.isValid(value) else { throw malformed }
            digest = value
            rest = String(rest[..<at])
        }
        var tag: String?
        if let colon = rest.lastIndex(of: ":") {
            let value = String(rest[rest.index(after: colon)...])
            guard isTag(value) else { throw lowercaseError(rest[..<colon]) ?? malformed }
            tag = value
            rest = String(rest[..<colon])
        }
        if let error = lowercaseError(rest[...]) { throw error }
        guard isDomain(domain), isPath(rest) else { throw malformed }
        if domain == "index.docker.io" { domain = ImageReference.defaultDomain }
        guard domain.utf8.count + 1 + rest.utf8.count <= maxNameLength else {
            throw BerthError.invalid("repository name must not be more than \(maxNameLength) characters")
        }
        return ImageReference(domain: domain, path: rest, tag: tag, digest: digest)
    }

    /// The first component is a host when it could not be part of a Docker Hub name.
    private static func splitDomain(_ text: String) -> (domain: String, rest: String) {
        var domain = ImageReference.defaultDomain
        var rest = text
        if let slash = text.firstIndex(of: "/") {
            let first = text[..<slash]
            if first.contains(".") || first.contains(":") || first == "localhost" || first != first.lowercased() {
                domain = String(first)
                rest = String(text[text.index(after: slash)...])
            }
        }
        let isHub = domain == ImageReference.defaultDomain || domain == "index.docker.io"
        if isHub, !rest.isEmpty, !rest.contains("/") {
            rest = ImageReference.officialPrefix + rest
        }
        return (domain, rest)
    }

    private static func lowercaseError(_ path: Substring) -> BerthError? {
        guard path.utf8.contains(where: { $0 >= 65 && $0 <= 90 }) else { return nil }
        return BerthError.invalid("invalid reference format: repository name (\(path)) must be lowercase")
    }

    /// `[\w][\w.-]{0,127}`
    static func isTag(_ text: String) -> Bool {
        guard let first = text.utf8.first, (1...128).contains(text.utf8.count), isWord(first) else { return false }
        return text.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
    }

    private static func isPath(_ text: String) -> Bool {
        !text.isEmpty && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy(isPathComponent)
    }

    /// Lower-case letters and digits, separated by one dot, one or two underscores, or any number of dashes.
    private static func isPathComponent(_ text: Substring) -> Bool {
        var separator: [UInt8] = []
        var previousIsAlphanumeric = false
        for byte in text.utf8 {
            if isLowerAlphanumeric(byte) {
                if !separator.isEmpty {
                    guard isSeparator(separator) else { return false }
                    separator = []
                }
                previousIsAlphanumeric = true
            } else {
                guard previousIsAlphanumeric else { return false }
                separator.append(byte)
            }
        }
        return previousIsAlphanumeric && separator.isEmpty
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        bytes == Array(".".utf8) || bytes == Array("_".utf8) || bytes == Array("__".utf8)
            || bytes.allSatisfy { $0 == UInt8(ascii: "-") }
    }

    private static func isDomain(_ text: String) -> Bool {
        var host = text[...]
        if let bracket = text.lastIndex(of: "]") {
            guard text.hasPrefix("[") else { return false }
            let address = text[text.index(after: text.startIndex)..<bracket]
            guard !address.isEmpty, address.utf8.allSatisfy({ Digest.isHex($0) || $0 == UInt8(ascii: ":") }) else {
                return false
            }
            let port = text[text.index(after: bracket)...]
            return port.isEmpty || (port.hasPrefix(":") && isPort(port.dropFirst()))
        }
        if let colon = text.firstIndex(of: ":") {
            guard isPort(text[text.index(after: colon)...]) else { return false }
            host = text[..<colon]
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte)
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLowerAlphanumeric(byte) || (65...90).contains(byte)
    }

    private static func isWord(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == UInt8(ascii: "_") }
}
