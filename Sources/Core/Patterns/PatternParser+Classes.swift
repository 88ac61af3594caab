// Brackets and what stands behind a backslash.

extension PatternParser {
    mutating func bracket() throws(PatternError) -> ScalarSet {
        let start = position
        position += 1
        let isInverted = skip("^")
        var set = ScalarSet()
        var isFirst = true
        while isFirst || next != "]" {
            isFirst = false
            guard next != nil else { throw missingEnd(from: start) }
            if let named = try namedClass() {
                set.formUnion(named)
                continue
            }
            let begin = position
            if next == "\\", let perl = perlClass() {
                set.formUnion(perl)
                continue
            }
            let low = try bracketCharacter(from: start)
            var high = low
            if next == "-", position + 1 < text.count, text[position + 1] != "]" {
                position += 1
                high = try bracketCharacter(from: start)
                guard low <= high else { throw PatternError("invalid character class range", part(from: begin)) }
            }
            set.insert(low...high)
        }
        position += 1
        if flags.ignoresCase { set = set.ignoringCase }
        return isInverted ? set.inverted : set.normal
    }

    private func missingEnd(from start: Int) -> PatternError {
        var copy = self
        copy.position = text.count
        return PatternError("missing closing ]", copy.part(from: start))
    }

    /// `[:alpha:]` and `[:^alpha:]`.
    private mutating func namedClass() throws(PatternError) -> ScalarSet? {
        let start = position
        guard skip("[:") else { return nil }
        let isInverted = skip("^")
        let name = position
        while let next, ("a"..."z").contains(next) { position += 1 }
        let word = part(from: name)
        guard skip(":]") else {
            position = start
            return nil
        }
        guard let set = ScalarSet.named[word] else {
            throw PatternError("invalid character class range", part(from: start))
        }
        return isInverted ? set.inverted : set
    }

    private mutating func bracketCharacter(from start: Int) throws(PatternError) -> UInt32 {
        guard let scalar = next else { throw missingEnd(from: start) }
        if scalar == "\\" { return try escapedCharacter() }
        position += 1
        return scalar.value
    }

    /// `\d`, `\w`, `\s` and their opposites.
    private mutating func perlClass() -> ScalarSet? {
        guard position + 1 < text.count else { return nil }
        let set: ScalarSet
        switch text[position + 1] {
        case "d": set = .digits
        case "D": set = ScalarSet.digits.inverted
        case "w": set = .word
        case "W": set = ScalarSet.word.inverted
        case "s": set = .blanks
        case "S": set = ScalarSet.blanks.inverted
        default: return nil
        }
        position += 2
        return set
    }

    mutating func escape() throws(PatternError) -> PatternNode {
        if let set = perlClass() { return .set(set) }
        if skip("\\Q") {
            var nodes: [PatternNode] = []
            while let scalar = next, !skip("\\E") {
                nodes.append(literal(scalar.value))
                position += 1
            }
            return .sequence(nodes)
        }
        if skip("\\A") { return .assertion(.textBegin) }
        if skip("\\z") { return .assertion(.textEnd) }
        if skip("\\b") { return .assertion(.wordBoundary) }
        if skip("\\B") { return .assertion(.noWordBoundary) }
        return literal(try escapedCharacter())
    }

    private mutating func escapedCharacter() throws(PatternError) -> UInt32 {
        let start = position
        position += 1
        guard let scalar = next else { throw PatternError("trailing backslash at end of expression", "") }
        position += 1
        switch scalar {
        case "a": return 7
        case "f": return 12
        case "t": return 9
        case "n": return 10
        case "r": return 13
        case "v": return 11
        case "x":
            if let value = hexadecimal() { return value }
        case "0"..."7":
            // A digit but 0 alone would mean what a group has matched.
            var value = scalar.value - 48
            var digits = 1
            while digits < 3, let next, ("0"..."7").contains(next) {
                value = value * 8 + next.value - 48
                position += 1
                digits += 1
            }
            if scalar == "0" || digits > 1 { return value }
        case "p", "P": throw PatternError("classes of Unicode are not supported", part(from: start))
        default:
            if scalar.isASCII, !ScalarSet.word.contains(scalar.value) { return scalar.value }
        }
        throw PatternError("invalid escape sequence", part(from: start))
    }

    private mutating func hexadecimal() -> UInt32? {
        let isBraced = skip("{")
        var value: UInt32 = 0
        var digits = 0
        while digits < (isBraced ? 8 : 2), let next, let digit = Character(next).hexDigitValue {
            value = value << 4 | UInt32(digit)
            digits += 1
            position += 1
            if value > ScalarSet.last { return nil }
        }
        guard isBraced ? digits > 0 && skip("}") : digits == 2 else { return nil }
        return value
    }
}
