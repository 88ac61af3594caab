import Model

/// The arguments of ps(1), read: options with a dash, without one, and long ones, as procps has them.
struct ProcessFormat {
    private var words: ArraySlice<Substring>
    private var query = ProcessQuery()
    private var standard = StandardColumns()
    private var isNameOnly = false
    /// `O`, `-O`: between the number and the rest of the columns.
    private var isAround = false

    /// - Throws: `BerthError.invalid` naming the argument or column that is not known, or with Docker's text when there is
    ///   no column for the process's number.
    static func query(_ arguments: String) throws -> ProcessQuery {
        var format = ProcessFormat(words: arguments.split(whereSeparator: \.isWhitespace)[...])
        return try format.read()
    }

    private init(words: ArraySlice<Substring>) { self.words = words }

    private mutating func read() throws -> ProcessQuery {
        while let word = words.popFirst() {
            if word.hasPrefix("--") {
                try long(word)
            } else if word.hasPrefix("-"), !Self.isUserOriented(word.dropFirst()) {
                try letters(word.dropFirst(), of: word, isUnix: true)
            } else if word.first?.isNumber ?? false {
                query.selections.append(try ProcessSelection.pids(word))
            } else {
                standard.isBSD = true
                try letters(word.hasPrefix("-") ? word.dropFirst() : word, of: word, isUnix: false)
            }
        }
        if isAround {
            let rest = ["s", "tname", "time", "args"].compactMap(ProcessColumn.named)
            query.columns = [.pid] + query.columns + rest
        } else if query.columns.isEmpty {
            query.columns = standard.columns
        }
        if isNameOnly {
            query.columns = query.columns.map { $0.isCommand ? .name($0.title) : $0 }
        }
        guard query.columns.contains(where: { $0.title == "PID" }) else {
            throw BerthError.invalid("Couldn't find PID field in ps output")
        }
        return query
    }

    /// "-aux", which means what "aux" does.
    private static func isUserOriented(_ letters: Substring) -> Bool {
        letters.hasPrefix("aux") && letters.allSatisfy { "auxwf".contains($0) }
    }

    private mutating func letters(_ all: Substring, of word: Substring, isUnix: Bool) throws {
        var rest = all
        guard !rest.isEmpty else { throw Self.unknown(word) }
        while let letter = rest.popFirst() {
            switch (letter, isUnix) {
            case ("a", _), ("w", _), ("g", false), ("x", false), ("n", false), ("S", false), ("A", true), ("e", true),
                ("d", true):
                continue
            case ("f", true), ("F", true), ("l", true), ("j", true), ("y", true), ("P", true), ("M", true):
                standard.unix.insert(letter)
            case ("Z", _): standard.unix.insert("M")
            case ("u", false), ("l", false), ("j", false), ("v", false), ("s", false): standard.bsd = letter
            case ("f", false), ("H", true): query.isForest = true
            case ("c", false): isNameOnly = true
            case ("r", false): query.isRunningOnly = true
            case ("N", _): query.isNegated = true
            case ("o", _), ("O", _), ("p", _), ("q", _), ("U", _), ("u", true), ("C", true), ("G", true), ("t", true),
                ("s", true), ("g", true), ("k", false):
                // Its list is the rest of the word, or the next one.
                let list = rest.isEmpty ? try value(of: word) : rest
                rest = ""
                try take(letter, list, word)
            default: throw Self.unknown(word)
            }
        }
    }

    private mutating func value(of option: Substring) throws -> Substring {
        guard let value = words.popFirst() else {
            throw BerthError.invalid("ps argument \"\(option)\": a value must follow it")
        }
        return value
    }

    private mutating func take(_ letter: Character, _ list: Substring, _ word: Substring) throws {
        switch letter {
        case "o", "O":
            query.columns += try ProcessColumn.list(list)
            isAround = isAround || letter == "O"
        case "k": query.order += try Self.order(list)
        default: query.selections.append(try ProcessSelection.named(letter, list))
        }
    }

    private mutating func long(_ word: Substring) throws {
        let equals = word.firstIndex(of: "=") ?? word.endIndex
        let name = word[..<equals].dropFirst(2)
        func given(_ words: inout ArraySlice<Substring>) throws -> Substring {
            if equals != word.endIndex { return word[word.index(after: equals)...] }
            guard let next = words.popFirst() else {
                throw BerthError.invalid("ps argument \"\(word)\": a value must follow it")
            }
            return next
        }
        switch name {
        case "sort": query.order += try Self.order(given(&words))
        case "format": query.columns += try ProcessColumn.list(given(&words))
        case "forest": query.isForest = true
        case "deselect": query.isNegated = true
        case "headers", "cumulative": break
        case "context": standard.unix.insert("M")
        case "cols", "columns", "width", "lines", "rows": _ = try given(&words)
        default:
            guard let letter = ProcessSelection.long[name] else { throw Self.unknown(word) }
            query.selections.append(try ProcessSelection.named(letter, try given(&words)))
        }
    }

    private static func order(_ list: Substring) throws -> [ProcessQuery.SortKey] {
        try list.split(separator: ",").map { key in
            let name = key.hasPrefix("+") || key.hasPrefix("-") ? key.dropFirst() : key
            return .init(column: try ProcessColumn.existing(name), isDescending: key.hasPrefix("-"))
        }
    }

    private static func unknown(_ word: Substring) -> BerthError {
        BerthError.invalid("ps argument \"\(word)\" is not known here: processes are listed without the ps command")
    }
}

extension ProcessColumn {
    /// The columns of `-o`: names, each perhaps with a width, which has no meaning here, or a title of its own.
    /// - Throws: `BerthError.invalid` naming the one that there is not.
    static func list(_ text: Substring) throws -> [ProcessColumn] {
        try text.split(separator: ",").map { entry in
            let equals = entry.firstIndex(of: "=") ?? entry.endIndex
            let name = entry[..<equals].prefix { $0 != ":" }
            var column = try existing(name)
            guard equals != entry.endIndex else { return column }
            let title = entry[entry.index(after: equals)...]
            // Docker's: another column could pass for that of the process's number.
            guard !title.hasPrefix("PID") || name == "pid" else {
                throw BerthError.invalid("specifying \"\(name)=\(title)\" is not allowed")
            }
            column.title = String(title)
            return column
        }
    }

    static func existing(_ name: Substring) throws -> ProcessColumn {
        guard let column = named(name.lowercased()) else {
            throw BerthError.invalid("ps column \"\(name)\" is not known here")
        }
        return column
    }
}
