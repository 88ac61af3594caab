/// Reads a regular expression.
struct PatternParser {
    private static let longest = 4096  // characters
    private static let deepest = 100  // groups in groups
    static let mostRepetitions = 1000

    struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotTakesLineFeeds = false
    }

    let text: [Unicode.Scalar]
    var position = 0
    var flags = Flags()
    private var depth = 0

    init(_ text: String) { self.text = Array(text.unicodeScalars.prefix(Self.longest + 1)) }

    func part(from start: Int) -> String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: text[min(start, text.count)..<min(position, text.count)])
        return String(result)
    }

    private var whole: String {
        var result = String.UnicodeScalarView()
        result.append(contentsOf: text)
        return String(result)
    }

    var next: Unicode.Scalar? { position < text.count ? text[position] : nil }

    mutating func skip(_ word: String) -> Bool {
        let scalars = Array(word.unicodeScalars)
        guard text[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    mutating func parse() throws(PatternError) -> PatternNode {
        guard text.count <= Self.longest else { throw PatternError("expression too large") }
        let node = try choice()
        guard next == nil else { throw PatternError("unexpected )", whole) }
        return node
    }

    private mutating func choice() throws(PatternError) -> PatternNode {
        var branches = [try sequence()]
        while skip("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(PatternError) -> PatternNode {
        var nodes: [PatternNode] = []
        while let next, next != "|", next != ")" {
            let start = position
            if let range = repetition() {
                try repeatLast(of: &nodes, range, from: start)
            } else {
                nodes.append(try one())
            }
        }
        return nodes.isEmpty ? .empty : nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func repeatLast(
        of nodes: inout [PatternNode], _ range: (Int, Int?), from start: Int
    ) throws(PatternError) {
        // Whether as few or as many as possible changes nothing for who asks whether there is a match.
        _ = skip("?")
        guard let last = nodes.popLast() else {
            throw PatternError("missing argument to repetition operator", part(from: start))
        }
        let afterFirst = position
        if repetition() != nil { throw PatternError("invalid nested repetition operator", part(from: start)) }
        position = afterFirst
        guard range.0 <= Self.mostRepetitions, range.1 ?? 0 <= Self.mostRepetitions, range.1 ?? .max >= range.0 else {
            throw PatternError("invalid repeat count", part(from: start))
        }
        nodes.append(.repetition(last, atLeast: range.0, atMost: range.1))
    }

    /// `*`, `+`, `?`, `{2}`, `{2,}` or `{2,3}`: anything else in braces stands for itself.
    private mutating func repetition() -> (Int, Int?)? {
        if skip("*") { return (0, nil) }
        if skip("+") { return (1, nil) }
        if skip("?") { return (0, 1) }
        let start = position
        if skip("{"), let least = number() {
            if skip("}") { return (least, least) }
            if skip(",") {
                if skip("}") { return (least, nil) }
                if let most = number(), skip("}") { return (least, most) }
            }
        }
        position = start
        return nil
    }

    private mutating func number() -> Int? {
        var value: Int?
        while let next, ("0"..."9").contains(next) {
            value = min((value ?? 0) * 10 + Int(next.value - 48), 1_000_000)
            position += 1
        }
        return value
    }

    private mutating func one() throws(PatternError) -> PatternNode {
        guard let scalar = next else { return .empty }
        switch scalar {
        case "(": return try group()
        case "[": return .set(try bracket())
        case "\\": return try escape()
        case ".":
            position += 1
            return .set(flags.dotTakesLineFeeds ? .all : .allButLineFeed)
        case "^":
            position += 1
            return .assertion(flags.isMultiline ? .lineBegin : .textBegin)
        case "$":
            position += 1
            return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        default:
            position += 1
            return literal(scalar.value)
        }
    }

    func literal(_ value: UInt32) -> PatternNode {
        let set = ScalarSet([value...value])
        return .set(flags.ignoresCase ? set.ignoringCase : set)
    }

    private mutating func group() throws(PatternError) -> PatternNode {
        let outside = flags
        position += 1
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw PatternError("expression nests too deeply") }
        if next == "?", try settings() { return .empty }
        let node = try choice()
        guard skip(")") else { throw PatternError("missing closing )", whole) }
        flags = outside
        return node
    }

    /// What stands behind `(?`: a name, or flags. True where that is all, and holds for the rest of the group around it.
    private mutating func settings() throws(PatternError) -> Bool {
        let start = position - 1
        if skip("?P<") || skip("?<") {
            let name = position
            while let next, next != ">", next != ")" { position += 1 }
            guard position > name, skip(">"), !["=", "!"].contains(text[name]) else {
                throw PatternError("invalid named capture", part(from: start))
            }
            return false
        }
        position += 1
        var isOn = true
        while let next {
            position += 1
            switch next {
            case "i": flags.ignoresCase = isOn
            case "m": flags.isMultiline = isOn
            case "s": flags.dotTakesLineFeeds = isOn
            case "U": break
            case "-" where isOn: isOn = false
            case ":": return false
            case ")" where position > start + 3: return true
            default: throw PatternError("invalid or unsupported Perl syntax", part(from: start))
            }
        }
        throw PatternError("missing closing )", whole)
    }
}
