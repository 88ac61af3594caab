/// The columns of ps(1) where none are named.
struct StandardColumns {
    /// Options of the one letter: `-f`, `-F`, `-l`, `-j`, `-y`, `-P`, `-M`; `u`, `l`, `j`, `v`, `s`.
    var unix: Set<Character> = []
    var bsd: Character?
    /// An option without a dash was there: the status is shown, and the command with its arguments.
    var isBSD = false

    var columns: [ProcessColumn] {
        typealias Column = ProcessColumn
        let args = Column.commandLine("COMMAND")
        let minutes = [Column.named("bsdtime")].compactMap(\.self)
        let uid = Column.number("UID", \.effectiveUser)
        switch bsd {
        case "u":
            return [
                Column.user("USER"), .pid, .processorShare, .memoryShare, .virtualSize, .residentSize("RSS"),
                .terminal("TTY"), .status, .start,
            ] + minutes + [args]
        case "l":
            return [
                Column.flags, uid, .pid, Self.parent, .number("PRI", \.priority), .number("NI", \.nice), .virtualSize,
                .residentSize("RSS"), .waiting, .status, .terminal("TTY"),
            ] + minutes + [args]
        case "j":
            return [
                Column.named("ppid"), .pid, Column.named("pgid"), Column.named("sid"), .terminal("TTY"),
                Column.named("tpgid"), .status, uid,
            ].compactMap(\.self) + minutes + [args]
        case "v":
            return [Column.pid, .terminal("TTY"), .status] + minutes + [
                .number("MAJFL", \.majorFaults), .code, .data, .residentSize("RSS"), .memoryShare, args,
            ]
        case "s":
            return [
                uid, .pid, .signals("PENDING", "SigPnd"), .signals("BLOCKED", "SigBlk"), .signals("IGNORED", "SigIgn"),
                .signals("CAUGHT", "SigCgt"), .status, .terminal("TTY"),
            ] + minutes + [args]
        default:
            if isBSD, unix.isDisjoint(with: "fFlj") {
                return [Column.pid, .terminal("TTY"), .status] + minutes + [args]
            }
            return unixColumns
        }
    }

    private static let parent = ProcessColumn.number("PPID", \.parent)

    private var unixColumns: [ProcessColumn] {
        typealias Column = ProcessColumn
        let isFull = unix.contains("f") || unix.contains("F")
        let isLong = unix.contains("l")
        let isJobs = unix.contains("j")
        var columns: [ProcessColumn?] = unix.contains("M") ? [Column.label("LABEL")] : []
        if isLong { columns += unix.contains("y") ? [.state] : [Column.flags, .state] }
        if isLong || isFull { columns.append(isFull ? Column.user("UID") : Column.number("UID", \.effectiveUser)) }
        columns.append(.pid)
        if isLong || isFull { columns.append(Self.parent) }
        if isJobs { columns += [Column.named("pgid"), Column.named("sid")] }
        if isLong || isFull { columns.append(.processor) }
        if isLong {
            columns += [Column.named("opri"), .number("NI", \.nice)]
            columns.append(unix.contains("y") ? .residentSize("RSS") : Column.named("addr"))
            columns += [Column.named("sz"), .waiting]
        } else if unix.contains("F") {
            columns += [Column.named("sz"), .residentSize("RSS")]
        }
        if unix.contains("P") || unix.contains("F") { columns.append(Column.named("psr")) }
        if isFull { columns.append(Column.named("stime")) }
        columns += [.terminal("TTY"), .processorTime, isFull ? .commandLine("CMD") : .name("CMD")]
        return columns.compactMap(\.self)
    }
}
