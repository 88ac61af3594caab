/// A regular expression as it was read.
indirect enum PatternNode: Sendable {
    case empty
    case set(ScalarSet)
    case assertion(PatternAssertion)
    case sequence([PatternNode])
    case choice([PatternNode])
    /// Without `atMost`: as often as there are.
    case repetition(PatternNode, atLeast: Int, atMost: Int?)
}

/// What holds between two characters.
enum PatternAssertion: Sendable {
    case textBegin
    case textEnd
    case lineBegin
    case lineEnd
    case wordBoundary
    case noWordBoundary

    /// - Parameters: the characters before and behind; nil at the text's ends.
    func holds(between before: UInt32?, and after: UInt32?) -> Bool {
        switch self {
        case .textBegin: before == nil
        case .textEnd: after == nil
        case .lineBegin: before == nil || before == 10
        case .lineEnd: after == nil || after == 10
        case .wordBoundary: Self.isWord(before) != Self.isWord(after)
        case .noWordBoundary: Self.isWord(before) == Self.isWord(after)
        }
    }

    private static func isWord(_ value: UInt32?) -> Bool { value.map(ScalarSet.word.contains) ?? false }
}
