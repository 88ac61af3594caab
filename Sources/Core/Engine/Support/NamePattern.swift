/// What a `name` filter says: a name, or a regular expression that fits anywhere in it, as Docker has it.
struct NamePattern {
    private let text: String
    /// Nil when the text is no regular expression: then it means itself alone.
    private let expression: Regex<AnyRegexOutput>?

    init(_ text: String) {
        self.text = text
        expression = try? Regex(text)
    }

    func matches(_ name: String) -> Bool {
        if text == name { return true }
        guard let expression else { return false }
        return (try? expression.firstMatch(in: name)) != nil
    }
}
