import Model

/// Words of Dockerfile instructions: separated by blanks, with quotes and backslashes.
enum InstructionWords {
    /// The words with quotes and escapes taken off.
    static func split(_ text: String) -> [String] { raw(text).map(unquoted) }

    /// "k=v k2=v2", or the old "k the rest".
    static func pairs(_ text: String, instruction: String) throws -> [(key: String, value: String)] {
        let words = raw(text)
        guard let first = words.first else { return [] }
        if !first.contains("=") {
            guard let blank = text.firstIndex(where: \.isWhitespace) else {
                throw BerthError.invalid("\(instruction) must have two arguments")
            }
            let value = text[blank...].drop(while: \.isWhitespace)
            return [(first, unquoted(String(value)))]
        }
        return try words.map { word in
            guard let equals = word.firstIndex(of: "=") else {
                throw BerthError.invalid(
                    "Syntax error - can't find = in \"\(word)\". Must be of the form: name=value")
            }
            let key = unquoted(String(word[..<equals]))
            guard !key.isEmpty else { throw BerthError.invalid("\(instruction) names can not be blank") }
            return (key, unquoted(String(word[word.index(after: equals)...])))
        }
    }

    /// Words as written, quotes and all.
    private static func raw(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character.isWhitespace {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            word.append(character)
        }
        return word.isEmpty ? words : words + [word]
    }

    /// Takes off quotes and the backslashes that escape something.
    static func unquoted(_ text: String) -> String {
        var result = ""
        var quote: Character?
        var isEscaped = false
        for character in text {
            if isEscaped {
                // Within double quotes a backslash stands for itself, except before what it can escape there.
                if quote == "\"", character != "\"", character != "\\", character != "$" { result.append("\\") }
                result.append(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote, character == open {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            } else {
                result.append(character)
            }
        }
        return isEscaped ? result + "\\" : result
    }
}

/// Ports as EXPOSE names them.
enum ExposedPorts {
    /// "80", "80/udp", "8000-8010/tcp" as "80/tcp" and so on; throws 400.
    static func parse(_ text: String) throws -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { UInt16($0) }
        let kind = parts.count > 1 ? parts[1].lowercased() : "tcp"
        guard parts.count <= 2, (1...2).contains(bounds.count), let first = bounds[0],
            let last = bounds[bounds.count - 1],
            first > 0, first <= last
        else { throw BerthError.invalid("invalid containerPort: \(text)") }
        guard ["tcp", "udp", "sctp"].contains(kind) else { throw BerthError.invalid("invalid proto: \(kind)") }
        return (first...last).map { "\($0)/\(kind)" }
    }
}
