import Patterns

/// What a `name` filter says: a name, or a regular expression that fits anywhere in it, as Docker has it.
struct NamePattern {
    private let text: String
    /// Nil when the text is no regular expression: then it means itself alone.
    private let expression: Pattern?

    /// A larger expression, which nobody writes for a name, would take its time where there are many names.
    private static let largest = 1000

    init(_ text: String) {
        self.text = text
        let expression = try? Pattern(text)
        self.expression = expression.flatMap { $0.size <= Self.largest ? $0 : nil }
    }

    func matches(_ name: String) -> Bool {
        text == name || expression?.isFound(in: name) ?? false
    }
}
