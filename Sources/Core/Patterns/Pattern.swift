/// A regular expression of RE2's syntax (https://github.com/google/re2/wiki/Syntax), which Go has, but for classes of Unicode
/// (`\p`). Whether it is found in a text takes time that grows with the product of their lengths and no faster, whatever is in
/// them: they may come from a client.
public struct Pattern: Sendable {
    private let program: PatternProgram

    /// Steps that may be needed for each character of a text.
    public var size: Int { program.instructions.count }

    /// - Throws: `PatternError` for what is no such expression, and for one that is too large.
    public init(_ text: String) throws(PatternError) {
        var parser = PatternParser(text)
        program = try PatternProgram(try parser.parse())
    }

    /// Whether the expression is found anywhere in the text.
    public func isFound(in text: String) -> Bool { program.isFound(in: text) }
}

/// Why an expression cannot be taken, in the words of Go's package `regexp/syntax` where it has some.
public struct PatternError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ reason: String, _ part: some StringProtocol) { description = "error parsing regexp: \(reason): `\(part)`" }
    init(_ reason: String) { description = "error parsing regexp: \(reason)" }
}
