import Glibc
import Model

/// The options of ps(1) that select processes by a list.
enum ProcessSelection {
    /// By their long names.
    static let long: [Substring: Character] = [
        "pid": "p", "quick-pid": "q", "ppid": "P", "user": "u", "User": "U", "group": "g", "Group": "G", "sid": "s",
        "tty": "t",
    ]

    /// - Throws: `BerthError.invalid` naming what is no number, or no user of the host.
    static func named(_ letter: Character, _ list: Substring) throws -> ProcessQuery.Selection {
        let items = list.split(separator: ",")
        guard !items.isEmpty else { throw BerthError.invalid("ps option \"\(letter)\": its list is empty") }
        switch letter {
        case "p", "q": return try pids(list)
        case "P":
            let numbers = try numbers(items)
            return { numbers.contains($0.parent) }
        case "s":
            let numbers = try numbers(items)
            return { numbers.contains($0.session) }
        case "C":
            let names = Set(items.map(String.init))
            return { names.contains($0.name) }
        case "u":
            let users = Set(try items.map(user))
            return { users.contains($0.effectiveUser) }
        case "U":
            let users = Set(try items.map(user))
            return { users.contains($0.realUser) }
        case "g", "G":
            let groups = Set(try items.map(group))
            return { groups.contains(letter == "G" ? $0.realGroup : $0.effectiveGroup) }
        case "t":
            let names = Set(items.map { $0.hasPrefix("/dev/") ? String($0.dropFirst(5)) : String($0) })
            let terminal = ProcessColumn.terminal("TTY")
            return { [moment = ProcessMoment()] process in
                let name = terminal.value(process, moment)
                return names.contains(name) || (name == "?" && names.contains("-"))
            }
        default: throw BerthError.invalid("ps option \"\(letter)\" is not known here")
        }
    }

    static func pids(_ list: Substring) throws -> ProcessQuery.Selection {
        let numbers = try numbers(list.split(separator: ","))
        return { numbers.contains(Int($0.pid)) }
    }

    private static func numbers(_ items: [Substring]) throws -> Set<Int> {
        Set(
            try items.map { item in
                guard let number = Int(item), number > 0 else {
                    throw BerthError.invalid("ps: \"\(item)\" is no process's number")
                }
                return number
            })
    }

    private static func user(_ text: Substring) throws -> UInt32 {
        if let number = UInt32(text) { return number }
        guard let number = HostNames.user(named: String(text)) else {
            throw BerthError.invalid("ps: user name \"\(text)\" does not exist")
        }
        return number
    }

    private static func group(_ text: Substring) throws -> UInt32 {
        if let number = UInt32(text) { return number }
        guard let number = HostNames.group(named: String(text)) else {
            throw BerthError.invalid("ps: group name \"\(text)\" does not exist")
        }
        return number
    }
}
