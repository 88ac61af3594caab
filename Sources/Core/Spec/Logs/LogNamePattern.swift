import Model
import Patterns

/// The expression of `labels-regex` or `env-regex`, which is a client's.
struct LogNamePattern: Sendable, Hashable {
    private let option: String
    private let text: String
    private let pattern: Pattern

    /// Steps, of each of which a processor does some ten millions a second.
    private static let mostWork = 1 << 26

    /// nil for an empty one, which asks for nothing.
    /// - Throws: `BerthError.invalid` naming the option.
    init?(_ text: String, _ option: String) throws {
        if text.isEmpty { return nil }
        self.option = option
        self.text = text
        do throws(PatternError) { pattern = try Pattern(text) } catch {
            throw BerthError.invalid("invalid value for \(option): \(error)")
        }
    }

    /// - Throws: `BerthError.invalid` where the names are so many and long that the expression would take too long.
    func checkWork(_ names: some Sequence<String>) throws {
        let characters = names.reduce(0) { $0 + $1.utf8.count + 1 }
        let (work, isTooMuch) = characters.multipliedReportingOverflow(by: pattern.size)
        if isTooMuch || work > Self.mostWork {
            throw BerthError.invalid(
                "invalid value for \(option): too large an expression for \(characters) bytes of names")
        }
    }

    func matches(_ name: String) -> Bool { pattern.isFound(in: name) }

    static func == (left: LogNamePattern, right: LogNamePattern) -> Bool {
        left.option == right.option && left.text == right.text
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(option)
        hasher.combine(text)
    }
}
