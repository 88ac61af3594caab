/// A column of ps(1).
struct ProcessColumn: Sendable {
    var title: String
    let value: @Sendable (ProcessFacts, ProcessMoment) -> String
    /// It shows the command, and takes what is left of a line.
    var isCommand = false

    init(_ title: String, _ value: @escaping @Sendable (ProcessFacts, ProcessMoment) -> String) {
        self.title = title
        self.value = value
    }

    /// By the name that `-o` has for it, with the title it has there; nil for one that there is not.
    static func named(_ name: String) -> ProcessColumn? { known[name] ?? further[name] }

    private static let known: [String: ProcessColumn] = [
        "pid": pid, "ppid": number("PPID", \.parent), "pgid": number("PGID", \.group), "pgrp": number("PGRP", \.group),
        "sid": number("SID", \.session), "sess": number("SESS", \.session), "session": number("SESS", \.session),
        "user": user("USER"), "uname": user("USER"), "euser": user("EUSER"),
        "ruser": ProcessColumn("RUSER") { process, _ in HostNames.user(process.realUser) },
        "uid": number("UID", \.effectiveUser), "euid": number("EUID", \.effectiveUser),
        "ruid": number("RUID", \.realUser),
        "group": group("GROUP"), "egroup": group("EGROUP"),
        "rgroup": ProcessColumn("RGROUP") { process, _ in HostNames.group(process.realGroup) },
        "gid": number("GID", \.effectiveGroup), "egid": number("EGID", \.effectiveGroup),
        "rgid": number("RGID", \.realGroup),
        "%cpu": processorShare, "pcpu": processorShare, "%mem": memoryShare, "pmem": memoryShare, "c": processor,
        "vsz": virtualSize, "vsize": virtualSize, "rss": residentSize("RSS"), "rssize": residentSize("RSS"),
        "rsz": residentSize("RSZ"),
        "sz": ProcessColumn("SZ") { String($0.virtualSize / $1.pageSize) },
        "tty": terminal("TT"), "tt": terminal("TT"), "tname": terminal("TTY"),
        "stat": status, "s": state, "state": state,
        "ni": number("NI", \.nice), "nice": number("NI", \.nice),
        "pri": ProcessColumn("PRI") { process, _ in String(39 - process.priority) },
        "nlwp": number("NLWP", \.threads), "thcount": number("THCNT", \.threads), "psr": number("PSR", \.processor),
        "time": processorTime, "cputime": processorTime,
        "bsdtime": ProcessColumn("TIME") { ProcessTimes.minutes($1.processorSeconds(of: $0)) },
        "etime": ProcessColumn("ELAPSED") { ProcessTimes.elapsed($1.age(of: $0)) },
        "etimes": ProcessColumn("ELAPSED") { String($1.age(of: $0)) },
        "start": ProcessColumn("STARTED") { ProcessTimes.start($1.start(of: $0), age: $1.age(of: $0), seconds: true) },
        "lstart": ProcessColumn("STARTED") { ProcessTimes.text($1.start(of: $0), "%a %b %e %H:%M:%S %Y") },
        "start_time": ProcessColumn("START") { ProcessTimes.startOfDay($1.start(of: $0), now: $1.now) },
        "stime": ProcessColumn("STIME") { ProcessTimes.startOfDay($1.start(of: $0), now: $1.now) },
        "bsdstart": start,
        "comm": name("COMMAND"), "ucomm": name("COMMAND"), "ucmd": name("CMD"),
        "args": commandLine("COMMAND"), "command": commandLine("COMMAND"), "cmd": commandLine("CMD"),
    ]

    static let pid = ProcessColumn("PID") { process, _ in String(process.pid) }
    static let processorTime = ProcessColumn("TIME") {
        ProcessTimes.processorTime($1.processorSeconds(of: $0))
    }
    static let start = ProcessColumn("START") { ProcessTimes.start($1.start(of: $0), age: $1.age(of: $0)) }
    static let processor = ProcessColumn("C") { String(min(99, $1.processorShare(of: $0) / 10)) }
    static let processorShare = ProcessColumn("%CPU") { tenths($1.processorShare(of: $0)) }
    static let memoryShare = ProcessColumn("%MEM") { tenths($1.memoryShare(of: $0)) }
    static let virtualSize = ProcessColumn("VSZ") { process, _ in String(process.virtualSize / 1024) }
    static let state = ProcessColumn("S") { process, _ in process.state }

    /// The state with what else there is to say: nice, leader of a session, several threads, in the foreground.
    static let status = ProcessColumn("STAT") { process, _ in
        var text = process.state
        if process.nice != 0 { text += process.nice < 0 ? "<" : "N" }
        if process.session == Int(process.pid) { text += "s" }
        if process.threads > 1 { text += "l" }
        if process.foregroundGroup == process.group { text += "+" }
        return text
    }

    static func user(_ title: String) -> ProcessColumn {
        ProcessColumn(title) { process, _ in HostNames.user(process.effectiveUser) }
    }

    private static func group(_ title: String) -> ProcessColumn {
        ProcessColumn(title) { process, _ in HostNames.group(process.effectiveGroup) }
    }

    static func number(
        _ title: String, _ fact: KeyPath<ProcessFacts, some BinaryInteger & Sendable> & Sendable
    ) -> ProcessColumn {
        ProcessColumn(title) { process, _ in String(process[keyPath: fact]) }
    }

    static func residentSize(_ title: String) -> ProcessColumn {
        ProcessColumn(title) { String($0.residentSize * $1.pageSize / 1024) }
    }

    static func name(_ title: String) -> ProcessColumn {
        var column = ProcessColumn(title) { process, _ in process.name }
        column.isCommand = true
        return column
    }

    static func commandLine(_ title: String) -> ProcessColumn {
        var column = ProcessColumn(title) { process, _ in
            process.arguments.isEmpty ? "[\(process.name)]" : process.arguments
        }
        column.isCommand = true
        return column
    }

    /// By device number (Linux's allocated devices): "pts/3", "tty1", "?" for none.
    static func terminal(_ title: String) -> ProcessColumn {
        ProcessColumn(title) { process, _ in
            let major = process.terminal >> 8 & 0xfff
            let minor = process.terminal & 0xff | process.terminal >> 12 & 0xfff00
            return switch major {
            case 136...143: "pts/\(minor + (major - 136) << 8)"
            case 4: minor < 64 ? "tty\(minor)" : "ttyS\(minor - 64)"
            case 5 where minor == 1: "console"
            default: "?"
            }
        }
    }

    private static func tenths(_ thousandths: Int) -> String { "\(thousandths / 10).\(thousandths % 10)" }
}
