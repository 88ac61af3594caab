import Patterns
import Testing

@Suite struct PatternTests {
    @Test(arguments: [
        ("", "", true), ("abc", "xabcx", true), ("abc", "xab", false), ("^abc$", "abc", true), ("^abc$", "abcd", false),
        ("a|b|", "", true), ("^(a|bc)+$", "abcbca", true), ("^(a|bc)+$", "abcb", false), ("^a*$", "aaaa", true),
        ("^a+?b$", "aab", true), ("^a??$", "a", true), ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false),
        ("^a{2,}$", "aaaa", true), ("^a{2,3}$", "aaaa", false), ("^a{0}$", "", true), ("a{,2}", "xa{,2}x", true),
        ("a{x", "a{x", true), ("^(?:a*)*$", "aaab", false), ("^(a?){3}$", "aa", true), ("^.$", "ü", true),
        (".", "\n", false),
        ("(?s).", "\n", true), ("(?s:a.)b", "a\nb", true), ("(?i)straße", "STRAßE", true), ("(?i:A)b", "ab", true),
        ("(?i:A)b", "aB", false), ("a(?i)b|c", "aB", true), ("(?i)ä", "Ä", true), ("(?m)^b$", "a\nb\nc", true),
        ("^b$", "a\nb\nc", false), ("(?i-s)A.", "ab", true), ("(?P<name>a)(?<other>b)", "ab", true),
        ("^[a-c]+$", "abc", true), ("[^a-c]", "abc", false), ("[^a-c]", "abcd", true), ("^[]a]+$", "a]", true),
        ("^[a-]+$", "a-a", true), ("^[-a]+$", "a-", true), ("^[\\]\\-x]+$", "]-x", true), ("^[\\d.]+$", "1.2", true),
        ("^[\\D]$", "1", false), ("^[[:alpha:]_]+$", "ab_", true), ("^[[:^digit:]]+$", "ab1", false),
        ("^\\d+\\.\\w+\\s\\S\\W\\D$", "1.a_9 x-y", true), ("\\bfoo\\b", "a foo.", true), ("\\bfoo\\b", "afoo", false),
        ("\\Bo", "foo", true), ("\\Afoo\\z", "foo", true), ("\\Qa.b*\\E+", "a.b**", true),
        ("^\\x41\\x{e4}\\101\\07$", "AäA\u{7}", true),
        ("\\.\\*\\\\\\/\\-", ".*\\/-", true), ("^com\\.(docker|example)\\.", "com.example.x", true),
        ("(|a)*b", "aab", true),
        ("(?i)[k-m]", "L", true), ("(?i)[^k]", "K", false), ("(^a|b$)", "xb", true), ("a$b", "ab", false),
        ("(?i)[a-\\x{ffff}]", "B", true), ("(?i)[a-\\x{ffff}]", "\0", false),
        ("x*", "y", true), ("(a*)+$", "b", true), ("((a|b)*c|d)+e", "ababcde", true),
    ])
    func isFoundAsRE2FindsIt(pattern: String, text: String, isFound: Bool) throws {
        #expect(try Pattern(pattern).isFound(in: text) == isFound, "\(pattern) in \(text)")
    }

    @Test(arguments: [
        ("(", "missing closing ): `(`"), (")", "unexpected ): `)`"), ("a)b", "unexpected ): `a)b`"),
        ("[", "missing closing ]: `[`"), ("[]", "missing closing ]: `[]`"), ("x[a-", "missing closing ]: `[a-`"),
        ("*", "missing argument to repetition operator: `*`"), ("a|*", "missing argument to repetition operator: `*`"),
        ("a**", "invalid nested repetition operator: `**`"), ("a+*", "invalid nested repetition operator: `+*`"),
        ("a{1001}", "invalid repeat count: `{1001}`"), ("a{3,2}", "invalid repeat count: `{3,2}`"),
        ("a\\", "trailing backslash at end of expression: ``"), ("\\q", "invalid escape sequence: `\\q`"),
        ("(a)\\1", "invalid escape sequence: `\\1`"), ("\\8", "invalid escape sequence: `\\8`"),
        ("\\xg", "invalid escape sequence: `\\x`"), ("\\x{110000}", "invalid escape sequence: `\\x{110000`"),
        ("[z-a]", "invalid character class range: `z-a`"), ("[[:nope:]]", "invalid character class range: `[:nope:]`"),
        ("(?=a)", "invalid or unsupported Perl syntax: `(?=`"), ("(?!a)", "invalid or unsupported Perl syntax: `(?!`"),
        ("(?<=a)", "invalid named capture"), ("(?", "missing closing )"), ("(?i", "missing closing )"),
        ("(?)", "invalid or unsupported Perl syntax: `(?)`"), ("\\pL", "classes of Unicode are not supported: `\\p`"),
        ("((a{1000}){1000}){1000}", "expression too large"),
        (String(repeating: "a", count: 5000), "expression too large"),
        (String(repeating: "(", count: 500), "expression nests too deeply"),
        (String(repeating: "(?:", count: 1300), "expression nests too deeply"),
    ])
    func whatCannotBeTakenIsSaid(pattern: String, reason: String) throws {
        let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
        #expect(error?.description.hasPrefix("error parsing regexp: " + reason) == true, "\(error?.description ?? "")")
    }

    /// Each of these takes longer than anyone has, where alternatives are tried one after another.
    @Test(arguments: [
        "(a+)+$", "^(a|a)*$", "(a|aa)+$", "^(a*)*$", "(.*a){20}$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a?){50}a{50}$",
        "^((a{0,10}){0,10}){0,10}$", "(?:(?:)*)*$b", "^((((a*)*)*)*)*$",
    ])
    func noPatternTakesLong(pattern: String) throws {
        let text = String(repeating: "a", count: 200) + "!"
        #expect(try !Pattern(pattern).isFound(in: text))
    }

    @Test func nothingThatWasMadeByChanceEndsTheProgram() throws {
        var random = SystemRandomNumberGenerator()
        let parts = Array("ab.*+?()[]{}|^$\\-:,0123dwbQEPx<>i&ü").map(String.init) + ["(?", "[[:", ":]", "{2,", "\\x{"]
        for _ in 0..<1000 {
            let count = Int.random(in: 0...12, using: &random)
            let pattern = (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            guard let compiled = try? Pattern(pattern) else { continue }
            _ = compiled.isFound(in: "abab0-ü")
        }
    }
}
