import Model

/// The arguments of ps(1), as far as they say what is shown: which processes, the container decides.
enum ProcessFormat {
    /// - Throws: `BerthError`: `.notImplemented` for arguments and columns that there are not, `.system` with Docker's
    ///   text when there is no column for the process's number.
    static func columns(_ arguments: String) throws -> [ProcessColumn] {
        var words = arguments.split(whereSeparator: \.isWhitespace)[...]
        var chosen: [ProcessColumn] = []
        var standard: [ProcessColumn]?
        while let word = words.popFirst() {
            let isUnix = word.hasPrefix("-") && !isUserOriented(word.dropFirst())
            var letters = word.hasPrefix("-") ? word.dropFirst() : word
            guard !letters.isEmpty else { throw unknown(arguments) }
            if !isUnix { standard = standard ?? ProcessColumn.shortBSD }
            while let letter = letters.popFirst() {
                switch (letter, isUnix) {
                case ("a", _), ("w", _), ("e", true), ("A", true), ("d", true), ("x", false), ("f", false): continue
                case ("f", true): standard = ProcessColumn.full
                case ("u", false): standard = ProcessColumn.userOriented
                case ("o", _):
                    // Its list is the rest of the word, or the next one.
                    guard let list = letters.isEmpty ? words.popFirst() : letters else { throw unknown(arguments) }
                    chosen += try list.split(separator: ",").map { try column(String($0)) }
                    letters = ""
                default: throw unknown(arguments)
                }
            }
        }
        let columns = chosen.isEmpty ? standard ?? ProcessColumn.short : chosen
        guard columns.contains(where: { $0.title == "PID" }) else {
            throw BerthError.system("Couldn't find PID field in ps output")
        }
        return columns
    }

    /// "-aux", which means what "aux" does.
    private static func isUserOriented(_ letters: Substring) -> Bool {
        letters.hasPrefix("aux") && letters.allSatisfy { "auxwf".contains($0) }
    }

    private static func column(_ name: String) throws -> ProcessColumn {
        if let equals = name.firstIndex(of: "=") {
            let (key, title) = (name[..<equals], name[name.index(after: equals)...])
            throw BerthError.invalid("specifying \"\(key)=\(title)\" is not allowed")
        }
        guard let column = ProcessColumn.named(name) else {
            throw BerthError.notImplemented("top with the ps column \"\(name)\"")
        }
        return column
    }

    private static func unknown(_ arguments: String) -> BerthError {
        BerthError.notImplemented("top with ps arguments \"\(arguments)\"")
    }
}
